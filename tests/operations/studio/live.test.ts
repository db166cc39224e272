import { createLive, type LiveEvent, type Reading } from "../../../operations/studio/live";
import { resolveImports } from "../../../operations/studio/pageFiles";

/** Waits for the next event that a listener gets. */
function listening() {
  const events: LiveEvent[] = [];
  let awaited: (() => void) | undefined;
  return {
    events,
    listener: (event: LiveEvent) => {
      events.push(event);
      awaited?.();
    },
    next: () => new Promise<void>((resolve) => (awaited = resolve)),
  };
}

describe("a live view", () => {
  it("passes on only what differs from the last event, and reads once for several listeners", async () => {
    const live = createLive(1);
    const values = [1, 1, 1, 2];
    let reads = 0;
    const read = (): Promise<Reading> => Promise.resolve({ data: values[Math.min(reads++, 3)] });
    const [first, second] = [listening(), listening()];
    const ends = [live.follow("v", read, first.listener), live.follow("v", read, second.listener)];
    while (first.events.length < 2) await first.next();
    expect(first.events.map(({ json }) => json)).toEqual(["1", "2"]);
    expect(second.events).toEqual(first.events);
    expect(reads).toBe(4);
    for (const end of ends) end();
    live.close();
  });

  it("is read no more once it is final or nobody follows it", async () => {
    const live = createLive(1);
    let reads = 0;
    const final = listening();
    const end = live.follow("final", () => Promise.resolve({ data: ++reads, isFinal: true }), final.listener);
    await final.next();
    const other = listening();
    let others = 0;
    const stop = live.follow("other", () => Promise.resolve({ data: ++others }), other.listener);
    while (other.events.length < 5) await other.next();
    stop();
    const seen = other.events.length;
    expect(reads).toBe(1);
    live.refresh();
    await final.next();
    expect(reads).toBe(2);
    expect(other.events).toHaveLength(seen);
    end();
    live.close();
  });

  it("reports a failure without its secrets, and the data after it", async () => {
    const live = createLive(1);
    const { events, listener, next } = listening();
    let reads = 0;
    const read = (): Promise<Reading> =>
      reads++ === 0 ? Promise.reject(new Error("refused: Bearer abc.def")) : Promise.resolve({ data: 1 });
    const end = live.follow("v", read, listener);
    while (events.length < 2) await next();
    expect(events).toEqual([
      { name: "problem", json: '{"message":"refused: Bearer ***"}' },
      { name: "data", json: "1" },
    ]);
    end();
  });
});

test("the page's modules import libraries by address", () => {
  expect(resolveImports('import{h}from"preact";import { x } from "./x.js";import{y}from"preact/hooks"')).toBe(
    'import{h}from"/lib/preact.js";import { x } from "./x.js";import{y}from"/lib/preact-hooks.js"',
  );
});
