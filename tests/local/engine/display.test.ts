import { plainDisplay } from "../../../local/engine/display/plain";
import type { EngineEvent } from "../../../local/engine/display/events";

const exported = { endpointName: "chat" };
const failure: EngineEvent = { kind: "diagnostic", severity: "error", message: "no such size" };

function shown(...events: EngineEvent[]): string {
  let text = "";
  const display = plainDisplay((part) => (text += part), { diff: false });
  events.forEach((event) => display.show(event));
  return text;
}

describe("the plain display", () => {
  test("an error is not followed by outputs that are no news", () => {
    const text = shown(failure, { kind: "outputs", before: exported, after: exported });
    expect(text).toContain("error: no such size");
    expect(text).not.toContain("Outputs:");
  });

  test("outputs are shown after an error if they changed, and always without one", () => {
    const changed: EngineEvent = { kind: "outputs", before: exported, after: { endpointName: "other" } };
    expect(shown(failure, changed)).toMatch(/Outputs:\n {2}~ endpointName: "chat" => "other"/);
    expect(shown({ kind: "outputs", before: exported, after: exported })).toContain("Outputs:");
  });

  test("a message of several lines is set in as a whole", () => {
    const message = "Training parameters:\n  loraR  8";
    expect(shown({ kind: "diagnostic", severity: "info", message })).toBe(
      "    info: Training parameters:\n      loraR  8\n",
    );
  });
});
