/** What a client says of itself when it asks. */
export interface Client {
  readonly id: string;
  /** Absent: nothing is installed yet. */
  readonly version?: string;
  /** `os-arch`; absent: it does not say, and gets only what runs everywhere. */
  readonly platform?: string;
  /** Lower-case name → value. */
  readonly attributes: Readonly<Record<string, string>>;
}
