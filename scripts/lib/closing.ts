/** What the program exports and the closing lines show. A stack may have its endpoint off, so everything is optional. */
export interface ShownOutputs {
  /** A text, `[secret]`, if the stack treats the rows of its data as secrets; absent if it does not show them. */
  sampleScore?: { question?: string; reference?: string; answer?: string } | string;
  /** Absent if the endpoint is off. */
  endpointName?: string;
  metrics?: Record<string, number>;
}

export interface Closing {
  outputs: ShownOutputs;
  /** Steps by operation, as the engine counts them. */
  counts: Record<string, number>;
  seconds: number;
  /** Width of the terminal, in characters. */
  columns: number;
  isColoured: boolean;
}

/** Longest text of a question or an answer, in lines. */
const maxLines = 3;
const labelWidth = 13;

/** Operations of the engine that change something, with the words for the result. */
const changes: Record<string, string> = {
  create: "created",
  update: "updated",
  replace: "replaced",
  delete: "deleted",
};

/** The closing lines of `npm start`: what was created, the effect of the training, the scored conversation, what to type next. */
export function closingText({ outputs, counts, seconds, columns, isColoured }: Closing): string {
  const colour = (code: number, text: string): string =>
    isColoured ? `\u001b[${code}m${text}\u001b[0m` : text;
  const { endpointName, sampleScore } = outputs;
  const score = typeof sampleScore === "object" ? sampleScore : undefined;
  const before = outputs.metrics?.["eval_loss_before"];
  const after = outputs.metrics?.["eval_loss"];
  const row = (label: string, text: string, code = 0): string[] =>
    wrap(text, columns - labelWidth - 1).map((line, index) => {
      const name = `  ${(index === 0 ? label : "").padEnd(labelWidth - 2)}`;
      return (index === 0 ? colour(1, name) : name) + (code === 0 ? line : colour(code, line));
    });
  const lines = [
    "",
    ...row("resources", `${changeText(counts)}, ${seconds.toFixed(0)} s`),
    ...(before === undefined || after === undefined
      ? []
      : row("eval loss", `${before.toFixed(3)} before fine-tuning, ${after.toFixed(3)} after`)),
    "",
    ...(endpointName !== undefined && score?.answer === undefined
      ? [...hiddenScore(row, sampleScore), ""]
      : []),
    ...(score?.answer === undefined
      ? []
      : [
          ...row("question", score.question ?? ""),
          ...row("reference", score.reference ?? ""),
          ...row("answer", score.answer, 32),
          "",
        ]),
    ...(endpointName === undefined
      ? []
      : ['  npm run ask -- "What is the capital of France?"   chat with the endpoint']),
    "  npm run studio                                     look at it in a browser",
    "  npm run outputs                                    what the stack exports",
    "  npm run destroy                                    delete everything",
    "",
  ];
  return lines.join("\n");
}

/** The scored conversation of data whose rows are not shown. */
function hiddenScore(row: (label: string, text: string) => string[], sampleScore: unknown): string[] {
  return sampleScore === undefined
    ? row("answer", "The model answered. dataset.showRows: true makes the conversation a secret output.")
    : row("answer", "secret: npm run outputs -- sampleScore --show-secrets");
}

/** `33 created, 2 updated`, or `no changes`. */
function changeText(counts: Record<string, number>): string {
  const parts = Object.entries(changes)
    .filter(([operation]) => (counts[operation] ?? 0) > 0)
    .map(([operation, word]) => `${counts[operation]} ${word}`);
  return parts.length > 0 ? parts.join(", ") : "no changes";
}

/** The text on lines of at most `width` characters, cut after a few lines. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text.replace(/\s+/g, " ").trim();
  while (rest.length > width) {
    const space = rest.lastIndexOf(" ", width);
    const end = space > width / 2 ? space : width;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  lines.push(rest);
  if (lines.length <= maxLines) return lines;
  const last = lines[maxLines - 1] ?? "";
  return [...lines.slice(0, maxLines - 1), `${last.slice(0, width - 1)}…`];
}
