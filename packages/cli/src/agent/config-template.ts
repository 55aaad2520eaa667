/** `agent.yaml` as it is made for a machine; `{{name}}` stands for what is put in. In the code, so that one file can hold the whole client. */
export const configTemplate = `# yaml-language-server: $schema=./{{schema}}
# How this machine gets {{app}}. Start it with:  sluice agent run --config {{file}}
# Paths are relative to this file.
app: {{app}}
server: {{server}}

# What this client trusts: the keys that sign releases. From the server at first use; nothing replaces it without its signature.
root: root.json

# Where versions are installed, with the link \`current\` to the one in use.
folder: install
{{token}}
update:
  channel: {{channel}}
  # How often to ask; without it, as often as the server wishes.
  # checkInterval: 1h
  # Install without asking anybody. false: only with \`sluice agent update\`.
  autoInstall: true
  # Install only at these times. A rollback never waits for them.
  maintenanceWindow: { enabled: false, days: [saturday, sunday], startTime: "02:00", endTime: "06:00", timezone: UTC }
  rollback:
    # Go back by itself when the new version is not healthy in time, or the server takes it back.
    automatic: true
    healthCheckTimeout: 60s
    # Versions kept on disk, the current one among them.
    keepVersions: 3

# The program to keep running, and how to tell that it is healthy. \`{current}\` is the folder of the version in use.
# run:
#   command: ["{current}/{{app}}"]
# health:
#   http: { url: "http://127.0.0.1:8080/health", expect: 200 }
#   # or a command that exits with 0:     command: ["{current}/check"]
#   # or that it has run for some time:   alive: 10s
`;
