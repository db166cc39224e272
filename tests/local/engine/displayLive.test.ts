import { liveDisplay } from "../../../local/engine/display/live";
import type { Display } from "../../../local/engine/display/events";
import {
  begins,
  done,
  exported,
  fails,
  group,
  prints,
  reports,
  stackUrn,
  started,
  step,
  summary,
  thing,
} from "./displaySupport";

/** A terminal of a given size that supports only what the display sends. */
class Screen {
  columns: number;
  rows: number;
  raw = "";
  private lines: string[] = [""];
  private row = 0;
  private wraps = true;

  constructor(columns: number, rows: number) {
    [this.columns, this.rows] = [columns, rows];
  }

  write(text: string): void {
    this.raw += text;
    for (const [token] of text.matchAll(/\u001b\[\??\d*[a-zA-Z]|\n|\r|[^\u001b\n\r]+/g)) {
      const [, number = "0", command] = /^\u001b\[\??(\d*)([a-zA-Z])$/.exec(token) ?? [];
      if (token === "\n") this.down();
      else if (command === "A") {
        // The cursor cannot leave the screen at its upper edge.
        this.row = Math.max(this.row - Number(number), this.lines.length - this.rows, 0);
      } else if (command === "J") this.lines.splice(this.row, Infinity, "");
      else if (command === "l" || command === "h") this.wraps = command === "h";
      else if (command === "m" || token === "\r") continue;
      else if (command !== undefined) throw new Error(`the screen does not support ${JSON.stringify(token)}`);
      else this.put(token);
    }
  }

  private down(): void {
    this.row += 1;
    if (this.row === this.lines.length) this.lines.push("");
  }

  private put(text: string): void {
    for (const character of text) {
      const isFull = (this.lines[this.row] ?? "").length >= this.columns;
      if (isFull && !this.wraps) return;
      if (isFull) this.down();
      this.lines[this.row] += character;
    }
  }

  /** Makes the terminal narrower; long lines wrap, as in real terminals. */
  narrow(columns: number): void {
    const parts = this.lines.map((line) => line.match(new RegExp(`.{1,${columns}}`, "g")) ?? [""]);
    this.columns = columns;
    this.lines = parts.flat();
    this.row = this.lines.length - 1;
  }

  /** Everything written and not erased, with all spinner frames made equal. */
  get text(): string[] {
    return this.lines.slice(0, -1).map((line) => line.replace(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/u, "⠋").trimEnd());
  }
}

describe("the live display", () => {
  let display: Display;
  let screen: Screen;
  const open = (columns: number, rows: number, diff = false): void => {
    screen = new Screen(columns, rows);
    display = liveDisplay(screen, { diff });
  };
  const show = (...events: Parameters<Display["show"]>[0][]): void =>
    events.forEach((event) => display.show(event));
  /** Lets the display draw pending changes. */
  const wait = (seconds = 0.1): unknown => jest.advanceTimersByTime(seconds * 1000);

  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    display.close();
    jest.useRealTimers();
  });

  const stack = step("create", "shop-dev", { urn: stackUrn, parent: "" });
  const shelf = step("create", "shelf", { urn: group("shelf") });
  const book = step("create", "book", { parent: group("shelf") });
  const cup = step("create", "cup");

  test("indents children below their parents, shows running steps with duration and status, and keeps finished ones", () => {
    open(80, 24);
    show(
      started("up"),
      begins(stack),
      done(stack, 0),
      begins(cup),
      begins(shelf),
      done(shelf, 0),
      begins(book),
    );
    show(done(cup, 0.25), prints("[book] page 3 of 7"), prints("a line of nobody"));
    wait(65);
    expect(screen.text).toEqual([
      "Updating (dev):",
      "    a line of nobody",
      " +  Stack shop-dev  created (0.00s)",
      " +    Thing cup     created (0.25s)",
      " +    Group shelf   created",
      " +      Thing book  ⠋ creating (1m5s)  page 3 of 7",
    ]);
  });

  test.each([
    ["at the resource with that name", "job"],
    ["at the resource with an input of that value", "ft-2024"],
    ["at the resource with an input that the name begins with", "ft-2024-eval"],
    ["at the resource with a path that ends with the name", "rows.jsonl"],
    ["above the tree if no resource matches", "other"],
  ])("shows a provider's line %s", (_what, label) => {
    open(80, 24);
    const job = step("create", "job", { parent: "", next: { name: "ft-2024", path: "data/rows.jsonl" } });
    show(begins(job), prints(`[${label}] half way`));
    wait();
    const row = " +  Thing job  ⠋ creating (0s)";
    expect(screen.text).toEqual(label === "other" ? ["    [other] half way", row] : [`${row}  half way`]);
  });

  test("keeps the whole tree at the end and continues below it", () => {
    open(80, 24);
    const grown = step("update", "cup", { old: { size: 1 }, next: { size: 2 } });
    show(started("up"), begins(grown), done(grown, 1), done(step("same", "other"), 0));
    show(reports("error", "late", thing("cup")), exported({}, { a: 1 }), summary({ update: 1 }));
    expect(screen.text).toEqual([
      "Updating (dev):",
      "    pulumi:pulumi:Stack shop-dev",
      " ~    toy:Thing cup               updated (1.00s) [diff: ~size]",
      "",
      "Diagnostics:",
      "  toy:Thing (cup):",
      "    error: late",
      "",
      "Outputs:",
      "  + a: 1",
      "",
      "Resources:",
      "    ~ 1 updated",
      "    1 errored",
      "",
      "Duration: 1m5s",
    ]);
  });

  test("shows the two halves of a replacement as one change, with its properties on request", () => {
    open(80, 24, true);
    const parts = { old: { zone: "n" }, next: { zone: "s" }, diff: { replaceKeys: ["zone"] }, parent: "" };
    const made = step("create-replacement", "cup", parts);
    const gone = step("delete-replaced", "cup", { old: { zone: "n" } });
    show(started("up"), begins(made), done(made, 2), begins(gone), done(gone, 1), summary({ replace: 1 }));
    expect(screen.text.slice(1, 4)).toEqual([
      "    pulumi:pulumi:Stack shop-dev",
      " +-   toy:Thing cup               replaced (3.00s) [diff: ~zone]",
      '      ~ zone: "n" => "s" (forces replacement)',
    ]);
  });

  test("shows running steps first in a terminal with few lines, and how many lines it leaves out", () => {
    open(80, 6);
    const steps = ["a", "b", "c", "d", "e", "f"].map((name) => step("create", name, { parent: "" }));
    for (const each of steps) {
      show(begins(each));
      wait();
    }
    show(...steps.filter(({ name }) => !"be".includes(name)).map((each) => done(each, 0)));
    wait();
    expect(screen.text).toEqual([
      " +  Thing b  ⠋ creating (0s)",
      " +  Thing e  ⠋ creating (0s)",
      " +  Thing f  created (0.00s)",
      "   … and 3 more",
    ]);
    show(summary({ create: 6 }));
    expect(screen.text.slice(0, 6).map((line) => line.slice(4, 15))).toEqual(
      steps.map(({ name }) => `toy:Thing ${name}`),
    );
  });

  test("cuts lines instead of wrapping them in a narrow terminal, also when it is resized during the run", () => {
    open(100, 24);
    const slow = step("create", "a-resource-with-a-rather-long-name", { parent: "" });
    show(
      started("up"),
      begins(slow),
      prints("[a-resource-with-a-rather-long-name] step 3 of 20, loss 0.25, 4 minutes left"),
    );
    wait();
    expect(screen.text[1]).toHaveLength(99);
    screen.narrow(40);
    wait();
    expect(screen.text).toEqual(["Updating (dev):", " +  Thing a-resourc…  ⠋ 0s  step 3 of …"]);
  });

  test("shows step, loss and time left of a training job in 80 columns by shortening names before numbers", () => {
    open(80, 24);
    const job = step("create", "fine-tuning-of-a-long-name", { parent: "" });
    const status = "training: epoch 1.25 of 3, loss 2.31, learning rate 4.1e-6, about 0:20 left";
    show(started("up"), begins(job), prints(`[fine-tuning-of-a-long-name] ${status}`));
    wait(12);
    expect(screen.text[1]).toBe(" +  Thing fine-tuni…  ⠋ 12s  epoch 1.25 of 3, loss 2.31, about 0:20 left");
  });

  test("shows running steps in brief mode and keeps only the title and warnings", () => {
    screen = new Screen(80, 24);
    display = liveDisplay(screen, { diff: false, brief: true });
    show(
      started("up"),
      begins(stack),
      done(stack, 0),
      begins(cup),
      begins(book),
      reports("info", "a parameter"),
    );
    show(done(cup, 9), prints("a line of nobody"), reports("warning", "a newer version exists"));
    wait(3);
    expect(screen.text).toEqual([
      "Updating (dev):",
      "    warning: a newer version exists",
      " +  Thing book  ⠋ creating (3s)",
    ]);
    show(done(book), exported({}, { a: 1 }), summary({ create: 3 }));
    expect(screen.text).toEqual(["Updating (dev):", "    warning: a newer version exists"]);
  });

  test("keeps failures in brief mode, with their diagnostics and the counts", () => {
    screen = new Screen(80, 24);
    display = liveDisplay(screen, { diff: false, brief: true });
    show(
      started("up"),
      begins(cup),
      begins(book),
      fails(cup),
      done(book),
      reports("error", "broken", thing("cup")),
    );
    show(exported({}, { a: 1 }), summary({ create: 1 }, "failed"));
    const text = screen.text.join("\n");
    expect(text).toMatch(/toy:Thing cup .*failed/);
    expect(text).toContain("error: broken");
    expect(text).toContain("error: update failed");
    expect(text).not.toMatch(/book|Outputs/);
  });

  test("reports what a cancelled run interrupted, and ignores steps that end later", () => {
    open(80, 24);
    const half = step("create-replacement", "cup", { parent: "" });
    show(started("up"), begins(half));
    wait(3);
    show(summary({}, "canceled"), fails(half), reports("error", "connection dropped", thing("cup")));
    expect(screen.text).toEqual([
      "Updating (dev):",
      " ++ toy:Thing cup  interrupted while creating replacement (3s)",
      "",
      "Resources:",
      "    no resources",
      "",
      "Duration: 1m5s",
      "",
      "error: update canceled",
    ]);
  });

  test("draws at most ten times a second", () => {
    open(80, 24);
    const write = jest.spyOn(screen, "write");
    for (let i = 0; i < 500; i += 1) show(begins(step("create", `r${i}`)), done(step("create", `r${i}`)));
    expect(write).not.toHaveBeenCalled();
  });

  test.each([
    ["colours", undefined, true],
    ["none with NO_COLOR", "1", false],
  ])("uses %s", (_what, value, coloured) => {
    const saved = process.env.NO_COLOR;
    if (value === undefined) delete process.env.NO_COLOR;
    else process.env.NO_COLOR = value;
    try {
      open(80, 24);
      show(started("up"), fails(step("create", "cup")), reports("error", "bad"), summary({}, "failed"));
      expect(/\u001b\[\d+m/.test(screen.raw)).toBe(coloured);
    } finally {
      if (saved === undefined) delete process.env.NO_COLOR;
      else process.env.NO_COLOR = saved;
    }
  });
});
