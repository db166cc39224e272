import { condition, type Context, evaluate, interpolate } from "../../../scripts/lib/walk/expression";

const context = (status: Partial<Context["status"]> = {}): Context => ({
  values: {
    github: {
      event_name: "pull_request",
      event: { pull_request: { number: 7, labels: [{ name: "Review" }] } },
    },
    inputs: { command: "up", plan: "", "override-production": "true" },
    needs: { plan: { result: "success", outputs: { changes: "true" } } },
    steps: {},
  },
  status: { failed: false, cancelled: false, ...status },
});

test.each([
  ["'a'", "a"],
  ["'it''s'", "it's"],
  ["1 == '1'", true],
  ["'Up' == inputs.command", true],
  ["inputs.command == 'up' && inputs.plan != ''", false],
  ["inputs.plan == '' || false", true],
  ["!inputs.plan", true],
  [
    "(inputs.command == 'up' || inputs.command == 'destroy') && format('change-{0}', inputs.command) || 'read'",
    "change-up",
  ],
  ["inputs.override-production", "true"],
  ["needs.plan.outputs.changes == 'true'", true],
  ["github.event.pull_request.head.repo.full_name == null", true],
  ["steps.missing.outcome == 'failure'", false],
  ["contains('a preview', 'PREVIEW')", true],
  ["contains(github.event.pull_request.labels.*.name, 'review')", true],
  ["contains(github.event.pull_request.labels.*.name, 'view')", false],
  ["contains(github.event.labels.*.name, 'review')", false],
  ["startsWith('review-1', 'review-')", true],
])("%s is %p", (text, value) => {
  expect(evaluate(text, context())).toBe(value);
});

test("puts values into a text, numbers and missing ones included", () => {
  expect(
    interpolate("n ${{ github.event.pull_request.number }} m ${{ github.event.none }}.", context()),
  ).toBe("n 7 m .");
});

describe("the condition of a step", () => {
  it("asks for success unless it names a status", () => {
    expect(condition(undefined, context())).toBe(true);
    expect(condition(undefined, context({ failed: true }))).toBe(false);
    expect(condition("inputs.command == 'up'", context({ failed: true }))).toBe(false);
    expect(condition("failure() && inputs.command == 'up'", context({ failed: true }))).toBe(true);
    expect(condition("always()", context({ failed: true }))).toBe(true);
    expect(condition("${{ !cancelled() }}", context({ failed: true }))).toBe(true);
    expect(condition("${{ cancelled() }}", context())).toBe(false);
  });

  it("is not met by a job whose needs were skipped, unless it accepts that", () => {
    expect(condition("needs.plan.result == 'success'", context({ skipped: true }))).toBe(false);
    expect(condition("${{ !cancelled() && !failure() }}", context({ skipped: true }))).toBe(true);
  });
});

test.each([
  ["hashFiles('x')", /calls "hashFiles", which the walk does not have/],
  ["secrets.KEY", /uses the context "secrets"/],
  ["a < b", /not understood from "< b"/],
  ["(github.ref", /lacks "\)"/],
  ["github.", /no name after "."/],
  ["'a' 'b'", /not understood at "b"/],
  ["&& true", /not understood at "&&"/],
])("refuses %s by name", (text, message) => {
  expect(() => evaluate(text, { ...context(), values: { ...context().values, a: 1, b: 2 } })).toThrow(
    message,
  );
});
