/**
 * The environment of a program that knows credentials: this process's own, since clouds are asked by what is in it, without what
 * is Sluice's, such as the secrets of the server and the token of the command line.
 */
export function helperEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SLUICE_")));
}
