import { lifecycleVerdict, modelDates, successorOf } from "../../azureml/modelLifecycle";

const today = new Date("2026-11-30T12:00:00Z");
const phi3 = modelDates({
  InferenceLegacyDate: "2025-06-09",
  InferenceDeprecationDate: "2025-06-30",
  InferenceRetirementDate: "2025-08-30T00:00:00.000000Z",
  FinetuneDeprecationDate: "2025-06-30",
  FinetuneRetirementDate: "2025-08-30",
});

function verdict(changes: Partial<Parameters<typeof lifecycleVerdict>[1]> = {}) {
  const model = {
    ...{ name: "Phi-3-mini-4k-instruct", dates: phi3, serves: true },
    ...{ pinnedOn: "2026-11-30", allowRetired: false, ...changes },
  };
  return lifecycleVerdict("p", model, today);
}

test("reads the dates of the tags in either spelling and ignores what is no date", () => {
  expect(phi3).toEqual({
    "inference.legacy": "2025-06-09",
    "inference.deprecation": "2025-06-30",
    "inference.retirement": "2025-08-30",
    "finetune.deprecation": "2025-06-30",
    "finetune.retirement": "2025-08-30",
  });
  expect(
    modelDates({ inferenceRetirementDate: "2027-01-01", FinetuneRetirementDate: "soon", task: "x" }),
  ).toEqual({
    "inference.retirement": "2027-01-01",
  });
});

test("refuses a retired model with its dates, its successor and the setting that accepts it", () => {
  expect(verdict().problem).toEqual({
    property: "p",
    seen: "Azure retired Phi-3-mini-4k-instruct for fine-tuning on 2025-08-30 and for inference on 2025-08-30",
    remedy:
      "Set foundationModel.name to Phi-4-mini-instruct, which Microsoft recommends instead, or foundationModel.allowRetired: true if you know that it still works.",
  });
  expect(verdict({ serves: false }).problem?.seen).not.toContain("inference");
});

test("warns about a retired model that the configuration accepts or that was pinned before", () => {
  for (const changes of [{ allowRetired: true }, { pinnedOn: "2025-08-29" }, { pinnedOn: undefined }]) {
    const { problem, warnings } = verdict(changes);
    expect(problem).toBeUndefined();
    expect(warnings).toEqual([expect.stringMatching(/retired .* recommends Phi-4-mini-instruct instead/)]);
  }
});

test("warns about a deprecated model with the day of its retirement", () => {
  const dates = { "inference.deprecation": "2026-11-01", "inference.retirement": "2027-02-01" };
  const { problem, warnings } = verdict({ name: "Other", dates });
  expect(problem).toBeUndefined();
  expect(warnings).toEqual([
    expect.stringMatching(/deprecated Other for inference on 2026-11-01 and retires it on 2027-02-01/),
  ]);
  expect(verdict({ dates, serves: false }).warnings).toEqual([]);
});

test("notes an announced deprecation, and nothing for a model without dates", () => {
  const dates = { "finetune.deprecation": "2027-01-01", "finetune.retirement": "2027-04-01" };
  expect(verdict({ dates }).notes).toEqual([
    expect.stringMatching(/deprecates .* for fine-tuning on 2027-01-01/),
  ]);
  expect(verdict({ dates: {} })).toEqual({ warnings: [], notes: [] });
});

test("names successors ignoring case", () => {
  expect(successorOf("phi-3.5-MINI-instruct")).toBe("Phi-4-mini-instruct");
  expect(successorOf("Phi-4")).toBeUndefined();
});
