/** What the command ends with. */
export const exitCodes = {
  sound: 0,
  /** A history was violated, or a planted defect was not caught. */
  violated: 1,
  /** What was asked for cannot be understood, or does not exist. */
  usage: 2,
  /** Something could not be run: a process ended before its time, or a defect cannot be planted. */
  broken: 3,
} as const;
