import { plainDisplay } from "../../../local/engine/display/display";
import type { EngineEvent } from "../../../local/engine/display/events";
import {
  begins,
  done,
  exported,
  fails,
  prints,
  reports,
  started,
  step,
  summary,
  thing,
} from "./displaySupport";

function shown(events: EngineEvent[], diff = false): string[] {
  let text = "";
  const display = plainDisplay((part) => (text += part), { diff });
  events.forEach((event) => display.show(event));
  display.close();
  return text.split("\n").slice(0, -1);
}

describe("the plain display prints", () => {
  const a = step("create", "a");
  const grown = step("update", "a", { old: { size: 1 }, next: { size: 2, zone: "n" } });
  const cases: [what: string, events: EngineEvent[], lines: string[]][] = [
    [
      "a line when a step starts and one when it ends",
      [started("up"), begins(a), done(a, 0.123)],
      ["Updating (dev):", " +  toy:Thing a creating (0s)", " +  toy:Thing a created (0.12s)"],
    ],
    [
      "steps of a preview once, with the keys that change",
      [started("preview"), begins(grown), done(grown)],
      ["Previewing update (dev):", " ~  toy:Thing a update [diff: ~size,+zone]"],
    ],
    ["nothing about unchanged resources", [done(step("same", "a"))], []],
    [
      "nothing about default providers",
      [
        begins(
          step("create", "default_1_2", { urn: "urn:pulumi:dev::shop::pulumi:providers:x::default_1_2" }),
        ),
      ],
      [],
    ],
    [
      "a failure beside its resource, and the reason at the end",
      [fails(a, 61), reports("error", "no such size", thing("a")), exported({}, {}), summary({}, "failed")],
      [
        " +  toy:Thing a **failed** (1m1s)",
        "",
        "Diagnostics:",
        "  toy:Thing (a):",
        "    error: no such size",
        "",
        "Resources:",
        "    1 errored",
        "",
        "Duration: 1m5s",
        "",
        "error: update failed",
      ],
    ],
    [
      "diagnostics by resource in the order of their first mention, each once",
      [
        reports("error", "one\ntwo", thing("b")),
        reports("warning", "about a", thing("a")),
        reports("error", "three", thing("b")),
        reports("error", "three", thing("b")),
        reports("error", "of the stack"),
        exported({}, {}),
      ],
      [
        "",
        "Diagnostics:",
        "  toy:Thing (b):",
        "    error: one",
        "    two",
        "    error: three",
        "  toy:Thing (a):",
        "    warning: about a",
        "  pulumi:pulumi:Stack:",
        "    error: of the stack",
      ],
    ],
    [
      "information and warnings about the whole run at once, indented as a whole, without terminal controls",
      [
        reports("info", "Parameters:\n  loraR  8"),
        reports("warning", "old lock"),
        prints("\u001b[31mred\u001b[0m"),
      ],
      ["    Parameters:", "      loraR  8", "    warning: old lock", "    red"],
    ],
    [
      "prints no stack frames and no duplicate errors of provider hosts",
      ["    at create (handler.js:1:2)", "Error: x: Error: x"].map((line): EngineEvent => ({
        kind: "output",
        line,
        from: "provider",
        error: true,
      })),
      [],
    ],
    [
      "outputs with changes marked and secrets hidden",
      [exported({ a: 1, b: "x", gone: true }, { a: 2, b: "x", fresh: ["y"] })],
      ["", "Outputs:", "  ~ a: 1 => 2", '    b: "x"', '  + fresh: [ "y" ]', "  - gone: true"],
    ],
    [
      "no unchanged outputs after an error, since they would push it off the screen",
      [reports("error", "bad"), exported({ a: 1 }, { a: 1 })],
      ["", "Diagnostics:", "  pulumi:pulumi:Stack:", "    error: bad"],
    ],
    [
      "the counts of a run",
      [summary({ same: 6, create: 2, replace: 1, update: 3, delete: 1, read: 1 })],
      [
        "",
        "Resources:",
        "    + 2 created",
        "    ~ 3 updated",
        "    - 1 deleted",
        "    +- 1 replaced",
        "    7 changes. 6 unchanged",
        "",
        "Duration: 1m5s",
      ],
    ],
    [
      "the counts of a preview as plans",
      [summary({ create: 1, delete: 2 }, "succeeded", true)],
      ["", "Resources:", "    + 1 to create", "    - 2 to delete", "    3 changes", "", "Duration: 1m5s"],
    ],
    [
      "one message about a cancelled run, and nothing about steps that end afterwards",
      [
        summary({}, "canceled"),
        fails(step("create-replacement", "a")),
        reports("error", "connection dropped", thing("a")),
        prints("late"),
        reports("error", "no changes were expected but changes were proposed"),
      ],
      [
        "",
        "Resources:",
        "    no resources",
        "",
        "Duration: 1m5s",
        "",
        "error: update canceled",
        "error: no changes were expected but changes were proposed",
      ],
    ],
  ];
  test.each(cases)("%s", (_what, events, lines) => {
    expect(shown(events)).toEqual(lines);
  });

  test("the result of a refresh of an unchanged resource", () => {
    const lines: string[] = [];
    const display = plainDisplay((line) => lines.push(line), { diff: false });
    const read = step("refresh", "a");
    [started("refresh"), begins(read)].forEach(display.show);
    read.operation = "same";
    display.show(done(read, 1));
    expect(lines.slice(1)).toEqual([
      " ~  toy:Thing a refreshing (0s)\n",
      "    toy:Thing a unchanged (1.00s)\n",
    ]);
    display.close();
  });

  test("the changed properties below a step on request", () => {
    expect(shown([started("preview"), done(grown)], true).slice(1)).toEqual([
      " ~  toy:Thing a update [diff: ~size,+zone]",
      "      ~ size: 1 => 2",
      '      + zone: "n"',
    ]);
  });
});

test("a step that takes hours prints a heartbeat every minute on the plain display", () => {
  jest.useFakeTimers();
  try {
    const lines: string[] = [];
    const display = plainDisplay((line) => lines.push(line), { diff: false });
    const [slow, quick] = [step("create", "slow"), step("create", "quick")];
    [begins(slow), begins(quick), done(quick)].forEach(display.show);
    lines.length = 0;
    jest.advanceTimersByTime(3 * 60_000);
    expect(lines).toEqual([1, 2, 3].map((minutes) => ` +  toy:Thing slow creating (${minutes}m0s)\n`));
    [done(slow, 180), summary({ create: 2 })].forEach(display.show);
    lines.length = 0;
    jest.advanceTimersByTime(10 * 60_000);
    expect(lines).toEqual([]);
  } finally {
    jest.useRealTimers();
  }
});
