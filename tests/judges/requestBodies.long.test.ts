/** Every body that a whole run sends is accepted by Microsoft's own types, without a field that they do not have. */
import { preparePython } from "../local/cloud/clients/python/environment";
import { askGoSdk, prepareGoSdk } from "./goSdk";
import { losses } from "./losses";
import { judgeOfAnswer, judgeOfBody } from "./models";
import { mistakes, operationsIn } from "./operations";
import { askPythonSdk } from "./pythonSdk";
import { recordWholeRun, type Recorded } from "./recording";

const go = prepareGoSdk();
const python = preparePython();
const title = (what: string, sdk: typeof go | typeof python): string =>
  sdk.available ? what : `${what} (skipped: ${sdk.reason})`;

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
    model: "monitor.ActionGroup",
    fields: ["systemData"],
    why: "from later API versions than the SDK's 2023-01-01: azure-native 3.28.0 (2024-10-01-preview) reads it",
  },
  {
    model: "operationalinsights.Workspace",
    fields: ["systemData"],
    why: "from later API versions than the SDK's 2021-06-01: azure-native 3.28.0 (2023-09-01) reads it",
  },
];

let recorded: Recorded[];

beforeAll(async () => {
  if (go.available || python.available) recorded = await recordWholeRun();
});

(go.available ? describe : describe.skip)(title("the Azure SDK for Go", go), () => {
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

/** Requests that differ from the operations of the Go clients, with the reason why. */
const operationDiffers: ReadonlyArray<{ found: string; why: string }> = [
  {
    found: "GET Microsoft.MachineLearningServices/deletedWorkspaces: no operation",
    why: "no client of Microsoft has it; public scripts read it, and the program accepts a service without it",
  },
  {
    found:
      "DELETE Microsoft.MachineLearningServices/workspaces/computes: lacks the query parameter underlyingResourceAction",
    why: "azure-native deletes every type with the api-version alone (pulumi/pulumi-azure-native, provider.go), and so does the stand-in",
  },
];

(go.available ? describe : describe.skip)(title("the operations of the Azure SDK for Go", go), () => {
  it("include every ARM request, with its query parameters and the status of its answer", () => {
    if (!go.available) return;
    const operations = go.modules.flatMap(operationsIn);
    const arm = recorded.filter(({ path }) => /^\/subscriptions\/[^/]+\/\w/.test(path) && !isPoll(path));
    const found = arm.flatMap((request) => {
      const same = operations.filter(({ method, at }) => method === request.method && at.test(request.path));
      if (same.length === 0) return [`${request.method} ${typeOf(request.path)}: no operation`];
      const [fewest = []] = same.map((one) => mistakes(request, one)).sort((a, b) => a.length - b.length);
      return fewest.map((mistake) => `${request.method} ${typeOf(request.path)}: ${mistake}`);
    });
    expect(operations.length).toBeGreaterThan(300);
    expect([...new Set(found)].sort()).toEqual(operationDiffers.map((entry) => entry.found).sort());
    for (const { why } of operationDiffers) expect(why.length).toBeGreaterThan(30);
  });
});

/** The address of an operation's status. The service gives it, and no client has it. */
const isPoll = (path: string): boolean =>
  /\/locations\/[^/]+\/\w*operation(s?status|statuses|results)\//i.test(path);

/** Types and actions of a path, without names. */
const typeOf = (path: string): string =>
  (path.split(/\/providers\//i).at(-1) ?? path)
    .split("/")
    .filter((_, index) => index < 2 || index % 2 === 1)
    .join("/");

/** Fields that the Python package (2023-04-01) does not have, and rules of it that the service does not have. */
const pythonDiffers: ReadonlyArray<{ found: string; why: string }> = [];

(python.available ? describe : describe.skip)(title("the Azure SDK for Python", python), () => {
  it("accepts every body for Azure Machine Learning: no field gets lost, and no rule is violated", () => {
    if (!python.available) return;
    const cases = sent().flatMap((request) => {
      const judge = judgeOfBody(request);
      const model = judge && "model" in judge ? judge.model : "";
      return model.startsWith("ml.") ? [{ model: model.slice(3), json: request.body }] : [];
    });
    expect(cases.length).toBeGreaterThan(10);
    const verdicts = askPythonSdk(python.executable, cases);
    const found = cases.flatMap(({ model, json }, index) => {
      const verdict = verdicts[index];
      if (!verdict || verdict.error !== undefined) return [`${model}: ${verdict?.error ?? "no answer"}`];
      const lost = losses(json, verdict.json).map((field) => `${field} is unknown`);
      return [...lost, ...verdict.violations].map((text) => `${model}: ${text}`);
    });
    expect([...new Set(found)].sort()).toEqual(pythonDiffers.map((entry) => entry.found).sort());
    for (const { why } of pythonDiffers) expect(why.length).toBeGreaterThan(30);
  });

  it("refuses a body without required fields, with fields that only the service writes, and with unknown ones", () => {
    if (!python.available) return;
    const json = { properties: { scoringUri: "https://x", colour: "red" } };
    const [verdict] = askPythonSdk(python.executable, [{ model: "OnlineEndpoint", json }]);
    if (!verdict || verdict.error !== undefined) throw new Error(verdict?.error);
    expect(losses(json, verdict.json)).toEqual(["properties.colour"]);
    expect(verdict.violations.sort()).toEqual([
      "location is required",
      "properties.authMode is required",
      "properties.scoringUri is read-only",
    ]);
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
