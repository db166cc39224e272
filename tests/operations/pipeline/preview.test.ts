import { readEngineDocument } from "../../../operations/pipeline/engineJson";
import { checkPlan } from "../../../operations/pipeline/planCheck";
import { previewComment, previewMarker } from "../../../operations/pipeline/previewComment";
import { stackPreview } from "../../../operations/pipeline/stackPreview";
import { deployment, deploymentType, info, previewOf, urn } from "./support";

const a100 = "Standard_NC24ads_A100_v4";
const endpoint = urn(deploymentType, "endpoint");
const replaced = (op: string) => ({
  op,
  urn: endpoint,
  oldState: { id: "/old", inputs: deployment(a100, 1) },
  newState: { inputs: deployment(a100, 2) },
  replaceReasons: ["properties"],
});

describe("the summary of a preview", () => {
  it("counts a replacement once, whatever steps the engine prints", () => {
    const all = previewOf({ steps: ["create-replacement", "replace", "delete-replaced"].map(replaced) });
    const one = previewOf({ steps: [replaced("replace")] });
    expect(all.changes).toEqual([
      { kind: "replace", type: deploymentType, name: "endpoint", because: ["properties"] },
    ]);
    expect(one).toEqual(all);
  });

  it("names the properties of a change and no value", () => {
    const secretRow = "a row of somebody's data";
    const preview = previewOf({
      steps: [
        {
          op: "update",
          urn: urn("azure-native:storage:StorageAccount", "storage"),
          oldState: { inputs: { tags: { a: "1" } } },
          newState: { inputs: { tags: { a: secretRow } } },
          detailedDiff: { "tags.a": { kind: "update" } },
          diffReasons: ["tags"],
        },
        { op: "same", urn: urn("azure-native:keyvault:Vault", "vault"), newState: { inputs: {} } },
        { op: "update", urn: urn("pulumi:providers:azure-native", "default"), newState: { inputs: {} } },
      ],
    });
    expect(preview.changes).toEqual([
      { kind: "change", type: "azure-native:storage:StorageAccount", name: "storage", because: ["tags.a"] },
    ]);
    expect(JSON.stringify(preview)).not.toContain(secretRow);
  });

  it("has the short run report folded, and none without one", () => {
    const preview = previewOf({ steps: [] });
    const comment = previewComment([{ ...preview, report: "- **Did it help?** Yes." }]);
    expect(comment).toMatch(/<summary>Now: .*<\/summary>\n\n- \*\*Did it help\?\*\* Yes\.\n\n<\/details>/);
    expect(previewComment([preview])).not.toContain("<details>");
  });

  it("compares the machines before and after, with the prices that the program printed", () => {
    const cost =
      "Base model x\nCost of machines (Azure ML's estimate for westeurope):\n" +
      `  endpoint: 2 × ${a100}, 10.00 USD per hour, 7,300 USD per month\nTraining parameters of x:`;
    const { cost: found, notes } = previewOf({
      steps: [
        replaced("create-replacement"),
        {
          op: "same",
          urn: urn("azure-native:machinelearningservices:Compute", "cluster"),
          ...Object.fromEntries(
            ["oldState", "newState"].map((state) => [
              state,
              {
                inputs: {
                  properties: { properties: { vmSize: "Unlisted", scaleSettings: { minNodeCount: 0 } } },
                },
              },
            ]),
          ),
        },
        replaced("delete-replaced"),
      ],
      diagnostics: [info(cost)],
    });
    expect(notes).toEqual([
      "Cost of machines (Azure ML's estimate for westeurope):",
      `  endpoint: 2 × ${a100}, 10.00 USD per hour, 7,300 USD per month`,
    ]);
    expect(found).toEqual({
      before: { machines: [`1 × ${a100}`], currency: "USD", perMonth: 3650 },
      after: { machines: [`2 × ${a100}`], currency: "USD", perMonth: 7300 },
    });
  });

  it("says that a price is unknown rather than zero", () => {
    const steps = [{ op: "create", urn: endpoint, newState: { inputs: deployment("Standard_Unlisted", 1) } }];
    expect(previewOf({ steps }).cost.after).toEqual({
      machines: ["1 × Standard_Unlisted"],
      currency: "USD",
    });
    expect(previewComment([previewOf({ steps })])).toContain("0 USD → **price unknown**");
  });

  it("contains what the command printed if the preview failed without a document", () => {
    expect(readEngineDocument("error: no stack")).toBeUndefined();
    expect(readEngineDocument('warning\n{"steps": []}\n')).toEqual({ steps: [] });
    expect(previewOf({}, { failure: "error: no stack" })).toMatchObject({
      ok: false,
      errors: ["error: no stack"],
    });
  });
});

describe("the digest of a plan", () => {
  const job = (inputs: Record<string, unknown>) => ({
    op: "create",
    urn: urn("pulumi-nodejs:dynamic/azureml:PipelineJob", "fine-tuning"),
    newState: { inputs: { gate: { maxEvalLoss: 1.5 }, ...inputs } },
  });
  const other = { op: "create", urn: urn("azure-native:keyvault:Vault", "vault"), newState: { inputs: {} } };

  it("is equal for another order of the steps and for another price", () => {
    const price = (perHour: number) => ({ training: { nodes: 1, price: { perHour } } });
    const first = previewOf({ steps: [job(price(3.67)), other] });
    expect(previewOf({ steps: [other, job(price(4.02))] }).digest).toBe(first.digest);
    expect(first.gate).toEqual(["maxEvalLoss: 1.5"]);
  });

  it.each([
    ["an input", [job({ learningRate: 2 })], []],
    ["the operation", [{ ...job({ learningRate: 1 }), op: "update" }], []],
    ["the resources", [job({ learningRate: 1 }), other], []],
    ["the training", [job({ learningRate: 1 })], [info("[training] trains nothing: adopts job j")]],
  ])("differs if %s differs", (_what, steps, diagnostics) => {
    const first = previewOf({ steps: [job({ learningRate: 1 })] });
    expect(previewOf({ steps, diagnostics }).digest).not.toBe(first.digest);
  });

  it("is the same while a job that it attaches to goes from one state to the next", () => {
    const attach = (state: string) =>
      previewOf({ diagnostics: [info(`[training] starts no job: attaches to job j (${state})`)] }).digest;
    expect(attach("Queued")).toBe(attach("Running"));
  });
});

describe("the comparison with the approved plan", () => {
  const step = (count: number) => ({
    op: "create",
    urn: endpoint,
    newState: { inputs: deployment(a100, count) },
  });
  const approved = previewOf({ steps: [step(1)] }, { commit: "c1" });

  it("lets the approved plan pass", () => {
    expect(() => checkPlan(approved, previewOf({ steps: [step(1)] }, { commit: "c1" }))).not.toThrow();
  });

  it("survives the file between two jobs", () => {
    expect(stackPreview.parse(JSON.parse(JSON.stringify(approved)))).toEqual(approved);
  });

  it.each([
    ["another commit", previewOf({ steps: [step(1)] }, { commit: "c2" }), /c1 was approved, and this is c2/],
    ["other values", previewOf({ steps: [step(2)] }, { commit: "c1" }), /same resources change, with other/],
    [
      "other resources",
      previewOf({ steps: [{ ...step(1), op: "update" }] }, { commit: "c1" }),
      /approved only: create .* endpoint\n {2}now only: {6}change .* endpoint/,
    ],
    ["another stack", previewOf({ steps: [step(1)] }, { commit: "c1", stack: "prod" }), /is of stack dev/],
    [
      "a failed preview",
      previewOf({ steps: [] }, { commit: "c1", failure: "no quota" }),
      /failed.\nno quota/,
    ],
  ])("refuses %s and says what differs", (_what, now, message) => {
    expect(() => checkPlan(approved, now)).toThrow(message);
  });

  it("refuses a plan whose preview failed", () => {
    const failed = previewOf({}, { commit: "c1", failure: "x" });
    expect(() => checkPlan(failed, approved)).toThrow(/had failed/);
  });
});

describe("the comment", () => {
  const diagnostics = [
    info("[training] will train again: finetune.learningRate 5e-06 → 1e-05"),
    info("[training] at most 6 node-hours"),
  ];

  it("has one row for each stack, the reason of a training, and the digest", () => {
    const dev = previewOf({ steps: [replaced("replace")], diagnostics }, { commit: "0123456789abcdef" });
    const prod = previewOf({ diagnostics: [info("[training] trains nothing: same inputs as job j")] });
    const text = previewComment([dev, { ...prod, stack: "prod" }]);
    expect(text.startsWith(previewMarker)).toBe(true);
    expect(text).toContain("## Preview of `0123456789ab`");
    expect(text).toMatch(
      /\| `dev` \| 0 \| 0 \| 1 \| 0 \| \*\*will train again: finetune.learningRate 5e-06 → 1e-05\*\* \| 2,681 USD → \*\*5,363 USD\*\*/,
    );
    expect(text).toMatch(/\| `prod` \| no changes \| {2}\| {2}\| {2}\| trains nothing \| 0 USD \| – \|/);
    expect(text).toContain(`Plan \`${dev.digest}\``);
    expect(text).toContain(`± replace \`${deploymentType}\` \`endpoint\`: \`properties\``);
  });

  it("shows a failed preview, and no text of it can leave its fence or mention anybody", () => {
    const failed = previewOf({}, { failure: "bad ``` @somebody" });
    const text = previewComment([failed, previewOf({ diagnostics: [info("[training] @you #1 <img> a|b")] })]);
    expect(text).toContain("| `dev` | failed |");
    expect(text).toContain("````text\nbad ``` @somebody\n````");
    expect(text).toContain("&#64;you &#35;1 &lt;img> a\\|b");
  });

  it("stays below the length that GitHub accepts", () => {
    const many = Array.from({ length: 900 }, (_, index) => ({
      op: "create",
      urn: urn(deploymentType, `d${index}-${"x".repeat(60)}`),
      newState: { inputs: {} },
    }));
    const previews = Array.from({ length: 12 }, (_, index) =>
      previewOf({ steps: many }, { stack: `s${index}` }),
    );
    const text = previewComment(previews);
    expect(text.length).toBeLessThan(65_536);
    expect(text).toContain("and 840 more");
    expect(text).toContain("cut here");
  });
});
