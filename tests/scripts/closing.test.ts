import { closingText, type Closing } from "../../scripts/lib/closing";

const sample = {
  question: "What is the capital of France?",
  reference: "Paris.",
  answer: "It is Paris.",
};
const closing = (change: Partial<Closing>): string =>
  closingText({
    outputs: {
      endpointName: "chat",
      sampleScore: sample,
      metrics: { eval_loss_before: 0.8, eval_loss: 0.025 },
    },
    counts: { create: 33, same: 1 },
    seconds: 39.4,
    columns: 80,
    isColoured: false,
    ...change,
  });

describe("the closing lines of npm start", () => {
  test("show what was created, the loss, the scored question and what to type next", () => {
    expect(closing({})).toBe(`
  resources  33 created, 39 s
  eval loss  0.800 before fine-tuning, 0.025 after

  question   What is the capital of France?
  reference  Paris.
  answer     It is Paris.

  npm run ask -- "What is the capital of France?"   chat with the endpoint
  npm run studio                                     look at it in a browser
  npm run outputs                                    what the stack exports
  npm run destroy                                    delete everything
`);
  });

  test("fit on a screen of 24 lines with 80 columns, however long the texts are", () => {
    const long = "word ".repeat(400);
    const lines = closing({
      outputs: { sampleScore: { question: long, reference: long, answer: long } },
    }).split("\n");
    expect(lines.length).toBeLessThan(20);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines.filter((line) => line.endsWith("…"))).toHaveLength(3);
  });

  test("recommend no question to an endpoint that is off", () => {
    const text = closing({ outputs: { metrics: {} }, counts: { delete: 4, same: 29 } });
    expect(text).toContain("4 deleted");
    expect(text).not.toContain("npm run ask");
  });

  test("report no changes", () => {
    expect(closing({ counts: { same: 34, read: 1 } })).toContain("no changes");
  });

  test("have colour only when asked", () => {
    expect(closing({})).not.toContain("\u001b");
    expect(closing({ isColoured: true })).toContain("\u001b[32mIt is Paris.\u001b[0m");
  });
});
