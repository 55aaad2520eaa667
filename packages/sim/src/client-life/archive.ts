/** An entry of an archive. `link`: a symbolic link, which no archive of a release may hold. */
export interface ArchiveEntry {
  readonly path: string;
  readonly content: Buffer;
  readonly link?: string;
}

const blockBytes = 512;

/** A tar archive of small files, as POSIX.1-1988 (ustar) has it, with the same bytes for the same entries. Folders come about by their files. */
export function archiveOf(entries: readonly ArchiveEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, content, link }) => [
    headerOf(path, link === undefined ? content.length : 0, link),
    link === undefined ? padded(content) : Buffer.alloc(0),
  ]);
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]);
}

function headerOf(path: string, bytes: number, link: string | undefined): Buffer {
  const header = Buffer.alloc(blockBytes);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
  header.write(path, 0);
  header.write(`${octal(0o644, 7)}\0`, 100);
  header.write(`${octal(0, 7)}\0`, 108);
  header.write(`${octal(0, 7)}\0`, 116);
  header.write(`${octal(bytes, 11)}\0`, 124);
  header.write(`${octal(1_709_510_400, 11)}\0`, 136);
  header.write(" ".repeat(8), 148);
  header.write(link === undefined ? "0" : "2", 156);
  header.write(link ?? "", 157);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148);
  return header;
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((blockBytes - (content.length % blockBytes)) % blockBytes)]);
}
