import { parseConfig } from "../../../config/parse";
import { reportMarkdown } from "../../../operations/report/markdown";
import { parametersOf } from "../../../operations/report/parameters";
import { reportOf } from "../../../operations/report/report";
import { parseSamples } from "../../../operations/report/samples";
import { stackFacts } from "../../../operations/report/stackFacts";
import { summaryOf } from "../../../operations/report/summary";
import { jobFacts, manifest, outputs, stack, start, state, workspaceFacts } from "./support";

const shown = { config: undefined, showsRows: true };
const answers = (report: ReturnType<typeof reportOf>): string[] =>
  summaryOf(report).map(({ answer }) => answer);

describe("the state of a stack", () => {
  it("contains data, job, model, score and the base model's tags", () => {
    expect(stack()).toMatchObject({
      baseModelTags: { model_specific_defaults: "{'lora_r': 8}" },
      job: { name: "job-2", size: { nodes: 2, price: { perHour: 3 } } },
      model: { name: "chat", version: "7" },
      score: { kind: "shown", answer: "Switzerland." },
      showsRows: true,
    });
    expect(stack().data?.splits.map(({ name, use }) => [name, use])).toEqual([
      ["train_sft", "training"],
      ["test_sft", "evaluation loss, test"],
    ]);
  });

  it("contains the findings of the quality report that are not zero", () => {
    expect(stack().data?.quality).toEqual([
      { split: "train_sft", what: "near duplicates", rows: 4 },
      { split: "test_sft", what: "also in train_sft", rows: 2 },
    ]);
  });

  it("does not show rows that are secrets or not in the outputs", () => {
    for (const [firstRows, sampleScore] of [
      ["[secret]", "[secret]"],
      [undefined, undefined],
    ]) {
      const found = stackFacts({ project: "p", stack: "dev" }, state(), {
        ...outputs,
        firstRows,
        sampleScore,
      });
      expect(found).toMatchObject({ showsRows: false, score: { kind: "hidden" } });
    }
  });

  it("takes counts and hashes from the summary if the data step's output is a secret", () => {
    const dataSummary = { columns: {}, splits: manifest.splits };
    const hidden = state({
      stdout: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" },
    });
    const found = stackFacts({ project: "p", stack: "dev" }, hidden, { ...outputs, dataSummary });
    expect(found.data).toMatchObject({ dataset: "owner/chats", splits: [{ rows: 600 }, { rows: 120 }] });
  });

  it("is refused without a workspace, with what to do", () => {
    expect(() => stackFacts({ project: "p", stack: "dev" }, state(), {})).toThrow(
      /stack "dev" has nothing to report.*npm run up -- --stack dev/,
    );
  });
});

describe("the five answers", () => {
  it("say what was trained, whether it helped, what it says, what it costs and what serves", () => {
    expect(answers(reportOf(stack(), workspaceFacts(), shown))).toEqual([
      "Phi-3, version 5 on 600 rows of owner/chats, in 30 min 0 s.",
      "Yes on all rows of test_sft: evaluation loss 0.8 → 0.4, ROUGE-1 0.2 → 0.9.",
      "“Where is Bern?” → “Switzerland.”",
      "About 3.59 USD so far; 0.59 USD per hour now.",
      "chat, version 6 (10 %) on 1 × Standard_DS3_v2 and chat, version 7 (90 %) on 1 × Standard_DS3_v2, at endpoint answers.",
    ]);
  });

  it("do not claim a comparison with a base model that was not measured", () => {
    const current = { ...jobFacts("job-2", { latest: { eval_loss: 0.4 } }), steps: [] };
    const [, helped] = answers(reportOf(stack(), workspaceFacts({ current }), shown));
    expect(helped).toBe(
      "Not comparable with the base model, which was not measured. During the training the evaluation loss on all rows of test_sft fell from 0.8 to 0.4.",
    );
  });

  it("contain no row of the data unless rows are shown", () => {
    const report = reportOf(stack(), workspaceFacts(), { ...shown, showsRows: false });
    expect(report.samples).toEqual([]);
    expect(JSON.stringify([report, summaryOf(report)])).not.toContain("Bern");
  });

  it("exist for a stack that trains nothing and serves nothing", () => {
    const { job, data, baseModel, endpointName, ...rest } = stack({
      model: { registry: "shared", name: "chat", version: "3" },
    });
    expect([job, data, baseModel, endpointName]).not.toContain(undefined);
    const { current, last, endpoint, ...others } = workspaceFacts({ earlier: [], deployments: [] });
    expect([current, last, endpoint]).not.toContain(undefined);
    expect(answers(reportOf({ ...rest, score: { kind: "none" } }, others, shown))).toEqual([
      "Nothing here: this stack serves chat, version 3, of registry shared.",
      "Not measured.",
      "Nothing: no endpoint exists.",
      "The cost so far is not known; 0.00 USD per hour now.",
      "Nothing: the stack has no endpoint.",
    ]);
  });
});

describe("the parts of a report", () => {
  it("name what changed since the last run of the stack", () => {
    expect(reportOf(stack(), workspaceFacts(), shown).changes).toEqual({
      since: "job-1",
      rows: [
        { what: "learning_rate", before: "0.001", now: "0.005" },
        { what: "eval_loss", before: "0.6", now: "0.4" },
        { what: "rouge1", before: "–", now: "0.9" },
      ],
    });
  });

  it("compare the curves with earlier runs, this run first", () => {
    const { curves } = reportOf(stack(), workspaceFacts(), shown);
    expect(curves.map(({ title, lines }) => [title, lines.map(({ job }) => job)])).toEqual([
      ["Training loss", ["job-2", "job-1"]],
      ["Evaluation loss", ["job-2", "job-1"]],
      ["Speed", ["job-2", "job-1"]],
    ]);
    expect(curves[2]?.lines[0]?.points).toEqual([
      { step: 10, value: 10 },
      { step: 20, value: 10 },
    ]);
  });

  it("count the time of a training that still runs until now", () => {
    const facts = workspaceFacts();
    const { job } = facts.current!;
    const current = {
      ...facts.current!,
      job: { ...job, status: "Running", hasEnded: false },
      times: { startedAt: start, warnings: [] },
    };
    const { costs } = reportOf(stack(), workspaceFacts({ current, deployments: [] }), shown);
    expect(costs).toMatchObject({ soFar: "12.00 USD", perHour: "6.00 USD per hour" });
  });

  it("name the size whose price is not known", () => {
    const [first] = workspaceFacts().deployments;
    const deployments = [{ ...first!, instanceType: "Standard_New" }];
    const { costs } = reportOf(stack(), workspaceFacts({ deployments }), shown);
    expect(costs.perHour).toBeUndefined();
    expect(costs.lines[1]?.perHour).toBe("price unknown, set budget.prices.Standard_New");
  });

  it("say who set each parameter", () => {
    const parsed = parseConfig({
      values: {
        "project:finetune": JSON.stringify({ learningRate: 0.005 }),
        "azure-native:location": "westeurope",
        "azure-native:subscriptionId": "00000000-0000-0000-0000-000000000001",
      },
      project: "project",
      env: {},
      readFile: () => "",
    });
    const config = "config" in parsed ? parsed.config : undefined;
    const sent = { learning_rate: "0.005", lora_r: "8", num_train_epochs: "3", lora_alpha: "99" };
    const found = parametersOf(sent, config, { model_specific_defaults: "{'lora_r': 8}" });
    const setBy = Object.fromEntries(found.map((one) => [one.name, one.setBy]));
    expect(setBy).toMatchObject({
      learning_rate: "configuration",
      lora_r: "model's tag",
      num_train_epochs: "notebook's default",
      lora_alpha: "not known: the settings have changed since",
      seed: "component's default",
    });
  });
});

describe("samples", () => {
  it("are read from the model's folder with both answers", () => {
    const messages = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello" },
      { role: "user", content: "Where?" },
    ];
    expect(
      parseSamples(
        JSON.stringify({ samples: [{ messages, reference: "Here", before: "?", after: "Here" }] }),
      ),
    ).toEqual([
      { question: "user: Hi\nassistant: Hello\nuser: Where?", reference: "Here", before: "?", after: "Here" },
    ]);
  });

  it("are none in a file of another form", () => {
    expect(parseSamples("not JSON")).toEqual([]);
    expect(parseSamples('{"samples": [{"question": "x"}]}')).toEqual([]);
  });
});

it("is short in Markdown and escapes what comes from Azure", () => {
  const facts = workspaceFacts();
  const text = reportMarkdown(
    reportOf(
      stack({
        score: { kind: "shown", question: "<b>@all", reference: "", answer: "a|b\n# c", latencyMs: 1 },
      }),
      facts,
      shown,
    ),
  );
  expect(text).toContain("- **What does it say?** “&lt;b>&#64;all” → “a\\|b # c”");
  expect(text).toContain("| evaluation loss | 0.8 | 0.4 |");
  expect(text).toContain("| learning\\_rate | 0.001 | 0.005 |");
});
