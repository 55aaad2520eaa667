import type { Notice } from "@sluice/core/notifications/notice.ts";

/** A notice with the event that it is about. `at`: RFC 3339. */
export interface News extends Notice {
  readonly app: string;
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
}
