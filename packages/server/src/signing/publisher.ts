import { join } from "node:path";
import type { Clock } from "../clock/clock.ts";
import type { Publisher } from "../controller/publisher.ts";
import { openRoleKeys } from "../feeds/keys.ts";
import { openRepository, type Repository } from "../feeds/repository.ts";

/** The signed repositories of all applications, each opened when it is first needed. */
export interface SignedFeeds extends Publisher {
  /** An application's repository; makes its keys and folder when there are none. Fails with an OperationalError. */
  repository(app: string): Promise<Repository>;
}

/**
 * Publishes by signing with keys that are files.
 * @param folders.keys private keys, a folder for each application
 * @param folders.feeds what is signed, a folder for each application
 * @param changed called after something else is signed
 */
export function signedFeeds(
  folders: { readonly keys: string; readonly feeds: string },
  clock: Clock,
  changed: (app: string) => void = () => undefined,
): SignedFeeds {
  const opening = new Map<string, Promise<Repository>>();
  const opened = new Map<string, Repository>();

  async function open(app: string): Promise<Repository> {
    const keys = await openRoleKeys({ folder: folders.keys, app });
    const repository = await openRepository({ app, folder: join(folders.feeds, app), keys, clock });
    opened.set(app, repository);
    return repository;
  }

  function repository(app: string): Promise<Repository> {
    let known = opening.get(app);
    if (known === undefined) {
      known = open(app);
      opening.set(app, known);
      // What failed is tried again by whoever asks next.
      known.catch(() => opening.delete(app));
    }
    return known;
  }

  async function change(app: string, work: (repository: Repository) => Promise<void>): Promise<void> {
    const signed = await repository(app);
    const before = await signed.read("metadata/timestamp.json");
    await work(signed);
    if ((await signed.read("metadata/timestamp.json")) !== before) changed(app);
  }

  return {
    repository,
    publish: (app, targets) => change(app, (signed) => signed.publish(targets)),
    renewIfDue: (app) => change(app, (signed) => signed.renewIfDue()),
    nextRenewal: (app) => opened.get(app)?.nextRenewal(),
  };
}
