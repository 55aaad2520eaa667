const texts = {
  ENOENT: "no such file or directory",
  EEXIST: "file already exists",
  ENOTDIR: "not a directory",
  EISDIR: "illegal operation on a directory",
  ENOTEMPTY: "directory not empty",
  EINVAL: "invalid argument",
  ENOSPC: "no space left on device",
  EIO: "i/o error",
} as const;

export type SystemCode = keyof typeof texts;

/** A failed system call as Node.js reports it. */
export function systemError(code: SystemCode, syscall: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${texts[code]}, ${syscall} '${path}'`), { code, syscall, path });
}
