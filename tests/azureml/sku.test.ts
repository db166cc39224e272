import {
  allowList,
  finetuneSizeProblem,
  findSize,
  inferenceSizeProblem,
  regionProblem,
} from "../../azureml/sku";

const sizes = [
  { name: "Standard_NC24ads_A100_v4", gpus: 1 },
  { name: "Standard_ND96asr_v4", gpus: 8 },
  { name: "Standard_DS3_v2", gpus: 0 },
];
const list = {
  tag: "finetune_compute_allow_list",
  sizes: ["Standard_NC24ads_A100_v4", "Standard_ND96asr_v4"],
};

test("finds sizes ignoring case", () => {
  expect(findSize("STANDARD_nd96ASR_v4", sizes)?.gpus).toBe(8);
  expect(findSize("Standard_ND96", sizes)).toBeUndefined();
});

test("reads the allow list from its tag or the tag's older name", () => {
  expect(
    allowList({ finetune_compute_allow_list: "['A']", computes_allow_list: "['B']" }, "finetune"),
  ).toEqual({
    tag: "finetune_compute_allow_list",
    sizes: ["A"],
  });
  expect(allowList({ computes_allow_list: "['B']" }, "finetune").sizes).toEqual(["B"]);
  expect(allowList({ finetune_compute_allow_list: "['A']" }, "inference")).toEqual({});
  expect(allowList({ inference_compute_allow_list: "os.remove('x')" }, "inference")).toEqual({
    tag: "inference_compute_allow_list",
    unreadable: expect.stringContaining("the name os") as string,
  });
});

test("reports a size that the region does not offer, with the GPU sizes and a suggestion", () => {
  expect(regionProblem("p", "Standard_NC24ads_A100_v5", sizes, "westeurope")).toEqual({
    property: "p",
    seen: '"Standard_NC24ads_A100_v5" is not offered in westeurope',
    allowed: "Standard_NC24ads_A100_v4, Standard_ND96asr_v4",
    remedy: "Did you mean Standard_NC24ads_A100_v4?",
  });
});

test("reports a size without GPU", () => {
  expect(regionProblem("p", "standard_ds3_v2", sizes, "westeurope")?.seen).toBe(
    '"standard_ds3_v2" has no GPU',
  );
});

test("accepts a GPU size of the region, ignoring case", () => {
  expect(regionProblem("p", "standard_nc24ads_a100_v4", sizes, "westeurope")).toBeUndefined();
});

test("requires a size of the allow list, ignoring case", () => {
  expect(finetuneSizeProblem("p", "standard_nc24ADS_a100_v4", list)).toBeUndefined();
  expect(finetuneSizeProblem("p", "Standard_NC6s_v3", list)).toEqual({
    property: "p",
    seen: '"Standard_NC6s_v3" is not in the model\'s finetune_compute_allow_list',
    allowed: "Standard_NC24ads_A100_v4, Standard_ND96asr_v4",
    remedy: "Set one of these sizes.",
  });
});

test("accepts every size without an allow list", () => {
  expect(finetuneSizeProblem("p", "Standard_ND40rs_v2", {})).toBeUndefined();
});

test("does not recommend retired sizes of an allow list or a region", () => {
  const withRetired = { tag: "t", sizes: ["Standard_NC6s_v3", "Standard_NC24ads_A100_v4"] };
  expect(finetuneSizeProblem("p", "Standard_A", withRetired)?.allowed).toBe("Standard_NC24ads_A100_v4");
  expect(
    inferenceSizeProblem("p", "Standard_A", { tag: "t", sizes: ["Standard_NC6s_v3"] }, false)?.allowed,
  ).toBe("none that Azure still offers");
  const offered = [...sizes, { name: "Standard_NC6s_v3", gpus: 1 }];
  expect(regionProblem("p", "Standard_A", offered, "westeurope")?.allowed).not.toContain("NC6s_v3");
});

test("rejects an unlisted endpoint size unless unlisted sizes are allowed or there is no list", () => {
  const serving = { tag: "inference_compute_allow_list", sizes: ["Standard_NC6s_v3"] };
  expect(inferenceSizeProblem("p", "standard_nc6s_V3", serving, false)).toBeUndefined();
  expect(inferenceSizeProblem("p", "Standard_NC4as_T4_v3", serving, false)?.remedy).toMatch(
    /endpoint.allowUnlistedInstanceType: true/,
  );
  expect(inferenceSizeProblem("p", "Standard_NC4as_T4_v3", serving, true)).toBeUndefined();
  expect(inferenceSizeProblem("p", "Standard_NC4as_T4_v3", {}, false)).toBeUndefined();
});
