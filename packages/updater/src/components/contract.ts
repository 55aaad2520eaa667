import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Change, ComponentDriver, Installed } from "./component.ts";

/** A component on a machine of its own, for the contract. */
export interface Fixture {
  readonly driver: ComponentDriver;
  /** The version that is in use by what can be seen from outside; undefined: none. */
  live(): Promise<string | undefined>;
  /** Puts what belongs to a version into its folder, which is there. */
  fill(version: Installed): Promise<void>;
  end(): Promise<void>;
}

/** What every kind of component must do. @param open makes a machine in a folder of its own */
export function holdsComponentContract(kind: string, open: (folder: string) => Promise<Fixture>): void {
  const never = new AbortController().signal;

  async function machine() {
    const root = await mkdtemp(join(tmpdir(), "sluice-component-"));
    const fixture = await open(root);
    onTestFinished(async () => {
      await fixture.end();
      await rm(root, { recursive: true, force: true });
    });
    const versions = ["1.0.0", "2.0.0"].map((version): Installed => ({ version, folder: join(root, version) }));
    for (const version of versions) await fixture.fill(version);
    const [one, two] = versions as [Installed, Installed];
    const change = (id: string, from: Installed | undefined, to: Installed): Change => ({
      id,
      from,
      to,
      backup: join(root, "backups", id),
    });
    const { driver } = fixture;
    const update = async (step: Change) => {
      await driver.prepare(step, never);
      await driver.apply(step, never);
      await driver.finish(step, never);
    };
    const first = change("first", undefined, one);
    return { ...fixture, update, first, second: change("second", one, two), back: change("back", two, one) };
  }

  test(`${kind}: a version that is applied is the one in use, also when it is applied again`, async () => {
    const { driver, live, update, first, second } = await machine();
    await update(first);
    expect(await live()).toBe("1.0.0");
    await update(second);
    await driver.apply(second, never);
    await driver.finish(second, never);
    expect(await live()).toBe("2.0.0");
    expect(await driver.problem?.(second.to, never)).toBeUndefined();
  });

  test(`${kind}: preparing changes nothing that is in use`, async () => {
    const { driver, live, update, first, second } = await machine();
    await update(first);
    await driver.prepare(second, never);
    expect(await live()).toBe("1.0.0");
  });

  test(`${kind}: a change is taken back however far it came, and more than once`, async () => {
    const { driver, live, update, first, second } = await machine();
    await update(first);
    await driver.prepare(second, never);
    for (const far of ["not at all", "applied", "finished"]) {
      if (far !== "not at all") await driver.apply(second, never);
      if (far === "finished") await driver.finish(second, never);
      await driver.revert(second);
      await driver.revert(second);
      expect(await live(), far).toBe("1.0.0");
    }
    await update(second);
    expect(await live()).toBe("2.0.0");
  });

  test(`${kind}: a first installation that is taken back leaves none`, async () => {
    const { driver, live, update, first } = await machine();
    await update(first);
    await driver.revert(first);
    expect(await live()).toBeUndefined();
  });

  test(`${kind}: going back to the version before is a change like any other, and can itself be taken back`, async () => {
    const { driver, live, update, first, second, back } = await machine();
    await update(first);
    await update(second);
    await update(back);
    expect(await live()).toBe("1.0.0");
    await driver.revert(back);
    expect(await live()).toBe("2.0.0");
  });
}
