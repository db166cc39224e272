/** Every body that a whole run sends is accepted by Microsoft's own types, without a field that they do not have. */
import { askGoSdk, prepareGoSdk } from "./goSdk";
import { losses } from "./losses";
import { judgeOfAnswer, judgeOfBody } from "./models";
import { recordWholeRun, type Recorded } from "./recording";

const go = prepareGoSdk();
const title = go.available ? "the Azure SDK for Go" : `the Azure SDK for Go (skipped: ${go.reason})`;

/** Fields of the local cloud's answers that the pinned SDK does not have, with the reason why they are right. */
const laterFields: ReadonlyArray<{ model: string; fields: readonly string[]; why: string }> = [
  {
    model: "ml.Workspace",
    fields: ["properties.systemDatastoresAuthMode", "properties.notebookInfo.isPrivateLinkEnabled"],
    why: "from later API versions than the SDK's 2024-04-01: azure-native 3.28.0 (2025-12-01) reads them",
  },
  {
    model: "ml.Workspace",
    fields: ["properties.creationTime"],
    why: "the service returns it on the wire; no client's model has it",
  },
  {
    model: "applicationinsights.Component",
    fields: ["properties.Ver"],
    why: "the service returns it on the wire; no client's model has it",
  },
  {
    model: "operationalinsights.Workspace",
    fields: ["systemData"],
    why: "from later API versions than the SDK's 2021-06-01: azure-native 3.28.0 (2023-09-01) reads it",
  },
];

let recorded: Recorded[];

(go.available ? describe : describe.skip)(title, () => {
  beforeAll(async () => {
    recorded = await recordWholeRun();
  });

  it("has a type, or a reason for none, for each route that receives a body", () => {
    const unjudged = sent().filter((request) => judgeOfBody(request) === undefined);
    expect(unjudged.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
    expect(sent().length).toBeGreaterThan(15);
  });

  it("accepts every body, and no field of it gets lost", () => {
    const found = judged(sent(), (request) => [judgeOfBody(request), request.body]);
    expect(found).toEqual([]);
  });

  it("reads every answer of the local cloud, and no field of it gets lost", () => {
    const answered = recorded.filter(({ answer }) => answer !== undefined);
    const found = judged(answered, (request) => [judgeOfAnswer(request), request.answer]);
    expect(found).toEqual([]);
    for (const { why } of laterFields) expect(why.length).toBeGreaterThan(30);
  });
});

const sent = (): Recorded[] => recorded.filter(({ body }) => body !== undefined);

/** Fields that got lost and documents that could not be read, each once, as `METHOD path: field`. */
function judged(
  requests: readonly Recorded[],
  select: (request: Recorded) => [ReturnType<typeof judgeOfBody>, unknown],
): string[] {
  if (!go.available) return [];
  const cases = requests.flatMap((request) => {
    const [judge, json] = select(request);
    return judge && "model" in judge ? [{ model: judge.model, json, method: request.method }] : [];
  });
  const verdicts = askGoSdk(
    go.executable,
    cases.map(({ model, json }) => ({ model, json })),
  );
  const found = cases.flatMap(({ model, json, method }, index) => {
    const verdict = verdicts[index];
    if (verdict?.error !== undefined) return [`${method} ${model}: ${verdict.error}`];
    return losses(json, verdict?.json)
      .filter((field) => !isLater(model, field))
      .map((field) => `${method} ${model}: ${field}`);
  });
  return [...new Set(found)].sort();
}

function isLater(model: string, field: string): boolean {
  return laterFields.some((entry) => entry.model === model && entry.fields.includes(field));
}
