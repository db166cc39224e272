import { spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readState, soundnessProblems, type State } from "../properties/soundness";

const repository = resolve(__dirname, "../../../..");
const root = mkdtempSync(join(tmpdir(), "engine-sweep-"));
const keys = join(root, "key");
afterAll(() => rmSync(root, { recursive: true, force: true }));

type Ended = { code: number | null; signal: NodeJS.Signals | null; text: string; events: string[] };
type Step = { operation: "up" | "destroy"; version: "1" | "2" };

/** A directory with program, state and cloud. */
class Place {
  readonly state: string;
  readonly cloud: string;

  constructor(readonly directory: string) {
    this.state = join(directory, "state/.pulumi/stacks/sweep/dev.json");
    this.cloud = join(directory, "cloud");
  }

  static make(): Place {
    const place = new Place(mkdtempSync(join(root, "place-")));
    cpSync(join(__dirname, "program"), place.directory, { recursive: true });
    symlinkSync(join(repository, "node_modules"), join(place.directory, "node_modules"));
    writeFileSync(
      join(place.directory, "Pulumi.yaml"),
      "name: sweep\nmain: index.js\nruntime: {name: nodejs, options: {typescript: false}}\n",
    );
    writeFileSync(join(place.directory, "Pulumi.dev.yaml"), "");
    mkdirSync(place.cloud);
    return place;
  }

  copy(): Place {
    const place = new Place(mkdtempSync(join(root, "place-")));
    cpSync(this.directory, place.directory, { recursive: true, verbatimSymlinks: true });
    return place;
  }

  /** The files that a kill at an event leaves, as a run saved them in `moments`. */
  static at(moments: string, event: number): Place {
    const place = new Place(join(moments, String(event)));
    // The process of the lock has ended since, and another process may have its pid by now. The pid of a
    // process that has just ended is free.
    const { pid } = spawnSync(process.execPath, ["--version"]);
    const locks = join(place.directory, "state/.pulumi/locks");
    const files = existsSync(locks) ? readdirSync(locks, { recursive: true, encoding: "utf8" }) : [];
    for (const file of files.filter((name) => name.endsWith(".json")).map((name) => join(locks, name))) {
      const lock = JSON.parse(readFileSync(file, "utf8")) as { pid: number };
      writeFileSync(file, JSON.stringify({ ...lock, pid }));
    }
    return place;
  }

  /**
   * Runs the engine's command line. `killAt` is the number of the event at which it is killed, 0 for none. A
   * run with a `moments` folder saves all files there at every event.
   */
  run(step: Step, killAt: number, moments = ""): Promise<Ended> {
    const events = join(this.directory, "events.txt");
    writeFileSync(events, "");
    const cli = join(repository, "dist/local/engine/cli.js");
    const argv = [cli, step.operation, "--yes", "--stack", "dev", "--parallel", "1", "--cwd", this.directory];
    const child = spawn(process.execPath, argv, {
      env: {
        ...process.env,
        NODE_OPTIONS: `--require=${join(__dirname, "preload.js")}`,
        PULUMI_BACKEND_URL: `file://${this.directory}/state`,
        PULUMI_CONFIG_PASSPHRASE: "correct horse",
        SWEEP_AT: String(killAt),
        SWEEP_CLOUD: this.cloud,
        SWEEP_EVENTS: events,
        SWEEP_KEYS: keys,
        SWEEP_MOMENTS: moments,
        SWEEP_STATE: this.state,
        SWEEP_VERSION: step.version,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    child.stdout.on("data", (data) => (text += data));
    child.stderr.on("data", (data) => (text += data));
    return new Promise((done) => {
      child.once("exit", (code, signal) => {
        const lines = readFileSync(events, "utf8").split("\n").filter(Boolean);
        done({ code, signal, text, events: lines });
      });
    });
  }

  stateText(): string | undefined {
    return existsSync(this.state) ? readFileSync(this.state, "utf8") : undefined;
  }

  /** Names and properties of everything in the cloud. */
  things(): Record<string, unknown> {
    const names = readdirSync(this.cloud).sort();
    return Object.fromEntries(
      names.map((name) => [name, JSON.parse(readFileSync(join(this.cloud, name), "utf8")) as unknown]),
    );
  }

  /** Everything that affects the next run. */
  image(): string {
    return JSON.stringify([withoutTimes(readState(this.stateText())), this.things()]);
  }

  /** State and cloud, independent of order. */
  outcome(): { resources: string[]; things: Record<string, unknown> } {
    const { resources } = withoutTimes(readState(this.stateText()));
    const all = resources.map(({ urn, id, delete: pendingDeletion, inputs }) => {
      // Every new stack generates a new provider id.
      const known = urn.includes("pulumi:providers:") ? "" : id;
      return JSON.stringify({ urn, id: known, pendingDeletion, inputs });
    });
    return { resources: all.sort(), things: this.things() };
  }
}

function withoutTimes(state: State): State {
  const plain = JSON.stringify(state, (key, value: unknown) =>
    key === "created" || key === "modified" ? undefined : value,
  );
  // The id of the default provider differs from run to run.
  return JSON.parse(plain.replaceAll(/::[0-9a-f]{8}-[0-9a-f-]{27}"/g, '::id"')) as State;
}

/** Handles the items two at a time. */
async function twoByTwo<T>(items: readonly T[], each: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const work = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await each(item);
  };
  await Promise.all([work(), work()]);
}

/**
 * The events at which to kill. Nothing on disk or in the cloud changes between a write and the next event, so
 * the moment after a write equals the moment before the next event. Only the last write has no next event.
 */
function killPoints(events: readonly string[]): number[] {
  return events.flatMap((event, index) =>
    event === "after write" && index < events.length - 1 ? [] : [index + 1],
  );
}

/** For each kind of event (`before create`, `after write`, …), one from the middle of the run. */
function oneOfEachKind(points: readonly number[], events: readonly string[]): number[] {
  const kinds = new Map<string, number[]>();
  for (const point of points) {
    const kind = String(events[point - 1])
      .split(" ", 2)
      .join(" ");
    kinds.set(kind, [...(kinds.get(kind) ?? []), point]);
  }
  return [...kinds.values()].map((same) => same[same.length >> 1] as number);
}

/**
 * Interrupts the step that begins at `start` at each of its events and runs the same command again from there. A kill
 * leaves what is on disk and in the cloud at that moment, so a single run provides the files for all events.
 * One event of each kind is tested with a real kill.
 */
async function sweep(start: Place, step: Step): Promise<Place> {
  const whole = start.copy();
  const moments = mkdtempSync(join(root, "moments-"));
  const undisturbed = await whole.run(step, 0, moments);
  expect(undisturbed).toMatchObject({ code: 0 });
  const expected = whole.outcome();
  const points = killPoints(undisturbed.events);
  const seen = new Set<string>();
  const problems: string[] = [];

  const continueFrom = async (place: Place, report: (what: string) => number): Promise<void> => {
    const text = place.stateText();
    if (text !== undefined) soundnessProblems(text).forEach(report);
    const image = place.image();
    if (seen.has(image)) return;
    seen.add(image);
    const { pending } = readState(text);
    const next = await place.run(step, 0);
    if (next.code !== 0) report(`the next run ended with ${next.code}:\n${next.text}`);
    if (!next.text.includes("taking over the lock")) report("the next run does not report the lock");
    for (const { resource, type } of pending) {
      if (!next.text.includes(`${resource.urn}, interrupted while ${type}`))
        report(`the next run does not report ${resource.urn}`);
    }
    const actual = place.outcome();
    if (JSON.stringify(actual) !== JSON.stringify(expected))
      report(
        `different outcome:\n${JSON.stringify(actual, null, 1)}\ninstead of\n${JSON.stringify(expected, null, 1)}`,
      );
    if (readState(place.stateText()).pending.length > 0) report("something is still pending");
  };

  await twoByTwo(points, async (point) => {
    const place = Place.at(moments, point);
    const report = (what: string): number =>
      problems.push(`ended at ${point} (${undisturbed.events[point - 1]}): ${what}`);
    await continueFrom(place, report);
    rmSync(place.directory, { recursive: true, force: true });
  });

  const kills = oneOfEachKind(points, undisturbed.events);
  let missed = 0;
  await twoByTwo(kills, async (point) => {
    const report = (what: string): number =>
      problems.push(`killed at ${point} (${undisturbed.events[point - 1]}): ${what}`);
    const place = start.copy();
    const killed = await place.run(step, point);
    if (killed.signal === "SIGKILL") return continueFrom(place, report);
    // Writes that come close together are combined, so a run may have one event less than another and end
    // before the last.
    missed += 1;
    if (killed.code !== 0) report(`was not killed, but ended with ${killed.code}:\n${killed.text}`);
  });
  expect(problems).toEqual([]);
  expect(kills.length).toBeGreaterThan(3);
  expect(missed).toBeLessThanOrEqual(1);
  // Every change has a write before it and one after it, which may be the write before the next change.
  const calls = undisturbed.events.filter((event) => /^before (create|update|delete)/.test(event));
  const writes = undisturbed.events.filter((event) => event === "before write");
  expect(writes.length).toBeGreaterThan(calls.length);
  rmSync(moments, { recursive: true, force: true });
  return whole;
}

describe("after a kill at any event", () => {
  let made: Place;
  let changed: Place;

  test("up of a new stack: the next up creates what is missing, and nothing twice", async () => {
    const start = Place.make();
    // The stack's salt, which the very first run writes.
    await start.run({ operation: "destroy", version: "1" }, 0);
    made = await sweep(start, { operation: "up", version: "1" });
    expect(Object.keys(made.things())).toHaveLength(5);
  });

  test("up with replacements, a change and a deletion: the next up has the outcome of an undisturbed one", async () => {
    changed = await sweep(made, { operation: "up", version: "2" });
    expect(Object.keys(changed.things())).toEqual(
      ["base-2", "follower", "inner", "locked"].map((name) => `${name}.json`),
    );
  });

  test("destroy: the next destroy leaves nothing", async () => {
    const gone = await sweep(changed, { operation: "destroy", version: "2" });
    expect(gone.outcome()).toEqual({ resources: [], things: {} });
  });
});
