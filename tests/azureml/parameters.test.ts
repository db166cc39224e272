import {
  modelSpecificDefaults,
  parameterReport,
  parameterText,
  pipelineInputs,
  resolveParameters,
} from "../../azureml/parameters";
import { parameterTable } from "../../azureml/parameterTable";

/** The tag of Phi-3-mini-4k-instruct, version 15, as published in February 2025. */
const tag =
  '{"apply_deepspeed": "true", "deepspeed_stage": 2, "apply_lora": "true", "apply_ort": "false", "precision": 16, ' +
  '"ignore_mismatched_sizes": "false", "num_train_epochs": 1, "per_device_train_batch_size": 1, ' +
  '"per_device_eval_batch_size": 1, "gradient_accumulation_steps": 1, "learning_rate": 5e-06, ' +
  '"learning_rate_min": 5e-07, "learning_rate_max": 5e-05, "lr_scheduler_type": "cosine", ' +
  '"logging_strategy": "steps", "logging_steps": 10, "save_total_limit": 1}';

test("without configuration and tag the notebook's eight values are used", () => {
  expect(pipelineInputs(resolveParameters({}, new Map()))).toEqual({
    num_train_epochs: "3",
    per_device_train_batch_size: "1",
    per_device_eval_batch_size: "1",
    learning_rate: "5e-06",
    lr_scheduler_type: "cosine",
    apply_lora: "true",
    apply_deepspeed: "true",
    deepspeed_stage: "2",
  });
});

test("the tag overrides the notebook, the configuration overrides both", () => {
  const resolved = resolveParameters({ numTrainEpochs: 5, learningRate: 0.005 }, modelSpecificDefaults(tag));
  const byName = new Map(resolved.map((one) => [one.name, one]));
  expect(byName.get("num_train_epochs")).toEqual({
    name: "num_train_epochs",
    value: "5",
    origin: "config",
    overrides: [
      { origin: "model", value: "1" },
      { origin: "notebook", value: "3" },
    ],
  });
  expect(byName.get("learning_rate")?.overrides).toEqual([{ origin: "model", value: "5e-06" }]);
  expect(byName.get("save_total_limit")).toEqual({
    name: "save_total_limit",
    value: "1",
    origin: "model",
    overrides: [],
  });
  expect(byName.get("lr_scheduler_type")?.origin).toBe("model");
});

test("an equal value does not count as overridden", () => {
  const [only] = resolveParameters({ applyLora: true }, new Map()).filter(
    ({ name }) => name === "apply_lora",
  );
  expect(only).toEqual({ name: "apply_lora", value: "true", origin: "config", overrides: [] });
});

test("names in the tag that are not in the table are passed on", () => {
  const values = pipelineInputs(resolveParameters({}, modelSpecificDefaults(tag)));
  expect(values).toMatchObject({ learning_rate_min: "5e-07", learning_rate_max: "5e-05" });
});

test("extra parameters count as configuration", () => {
  const [only] = resolveParameters({}, new Map([["new_input", "a"]]), { new_input: "b" }).filter(
    ({ name }) => name === "new_input",
  );
  expect(only).toMatchObject({ value: "b", origin: "config", overrides: [{ origin: "model", value: "a" }] });
});

test("parameters are sorted by name", () => {
  const names = resolveParameters({ seed: 1 }, modelSpecificDefaults(tag)).map(({ name }) => name);
  expect(names).toEqual([...names].sort());
});

test.each<[string | number | boolean, string]>([
  [true, "true"],
  [3, "3"],
  [0.000005, "5e-06"],
  [0.1, "0.1"],
  ["16", "16"],
])("parameterText(%p) is %s", (value, text) => {
  expect(parameterText(value)).toBe(text);
});

test("an absent or empty tag and None set nothing; a syntax error reports its position", () => {
  expect(modelSpecificDefaults(undefined).size).toBe(0);
  expect(modelSpecificDefaults(" ").size).toBe(0);
  expect([...modelSpecificDefaults("{'a': None, 'b': True}")]).toEqual([["b", "true"]]);
  expect(() => modelSpecificDefaults("{'a': 1")).toThrow(/at character 8/);
});

test("the report shows who set a value and what it overrides", () => {
  const report = parameterReport(
    resolveParameters({ numTrainEpochs: 5 }, new Map([["num_train_epochs", "1"]])),
  );
  expect(report).toMatch(/num_train_epochs +5 +configuration \(instead of model tag 1, notebook default 3\)/);
  expect(report).toMatch(/lr_scheduler_type +cosine +notebook default$/m);
});

test("every parameter has a unique name and defaults of its type", () => {
  const specs = Object.values(parameterTable);
  expect(new Set(specs.map(({ name }) => name)).size).toBe(specs.length);
  for (const spec of specs) {
    for (const value of [spec.component, "notebook" in spec ? spec.notebook : undefined]) {
      if (value === undefined) continue;
      if (spec.type === "flag") expect(["true", "false"]).toContain(value);
      if (spec.type === "integer") expect(value).toMatch(/^-?\d+$/);
      if (spec.type === "number") expect(Number(value)).not.toBeNaN();
      if (spec.type === "choice") expect(spec.choices).toContain(value);
    }
  }
});
