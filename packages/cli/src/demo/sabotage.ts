import { exitCodes, Failure } from "../failure.ts";

/** e_machine → an instruction that the processor refuses: `ud2` and `udf #0`. Elsewhere zeros, which are no code to begin with. */
const refused: Readonly<Record<number, Buffer>> = { 62: Buffer.from([0x0f, 0x0b]), 183: Buffer.alloc(4) };

/**
 * Breaks a program so that nothing shows until it runs: the code at its entry point becomes an instruction that the processor
 * refuses. What is published is this very file, so every digest and signature of it is right.
 * @param program a 64-bit little-endian ELF executable (elf(5))
 */
export function sabotage(program: Buffer): Buffer {
  const isElf64 = program.length > 64 && program.readUInt32BE(0) === 0x7f454c46 && program[4] === 2 && program[5] === 1;
  if (!isElf64)
    throw new Failure(exitCodes.failed, "DEMO_UNSUPPORTED", "The demo's program is not a 64-bit ELF executable.", {
      hint: "The demo runs on 64-bit Linux, after npm ci.",
    });
  const entry = program.readBigUInt64LE(24);
  const offset = fileOffsetOf(program, entry);
  const broken = Buffer.from(program);
  (refused[program.readUInt16LE(18)] ?? Buffer.alloc(8)).copy(broken, offset);
  return broken;
}

/** Where in the file lies what is loaded at an address. */
function fileOffsetOf(program: Buffer, address: bigint): number {
  const table = Number(program.readBigUInt64LE(32));
  const entrySize = program.readUInt16LE(54);
  const entries = program.readUInt16LE(56);
  const loadable = 1;
  for (let at = table; at < table + entries * entrySize; at += entrySize) {
    const from = program.readBigUInt64LE(at + 16);
    const size = program.readBigUInt64LE(at + 32);
    if (program.readUInt32LE(at) === loadable && address >= from && address < from + size)
      return Number(program.readBigUInt64LE(at + 8) + address - from);
  }
  throw new Failure(
    exitCodes.failed,
    "DEMO_UNSUPPORTED",
    "The demo's program has no entry point in what is loaded of it.",
  );
}
