import { isPast, retiredFamilies, retirementOf } from "../../azureml/retiredSizes";

test("every family has a date, a successor that is not retired, and a source", () => {
  for (const { date, successorSize, source, gpus } of retiredFamilies) {
    expect(date).toMatch(/^20\d\d-\d\d-\d\d$/);
    expect(retirementOf(successorSize)).toBeUndefined();
    expect(source).toMatch(/\.(md|json)/);
    expect(Object.values(gpus).every((count) => count >= 1)).toBe(true);
  }
});

test("finds a size ignoring case and the promotional suffix", () => {
  expect(retirementOf("STANDARD_nc6S_V3")).toMatchObject({ series: "NCv3", date: "2025-09-30", gpus: 1 });
  expect(retirementOf("Standard_NC24_Promo")).toMatchObject({ series: "NC", gpus: 4 });
});

test("does not mistake newer families for retired ones", () => {
  for (const name of [
    "Standard_NC24ads_A100_v4",
    "Standard_NC4as_T4_v3",
    "Standard_ND40rs_v2",
    "Standard_NV36ads_A10_v5",
  ])
    expect(retirementOf(name)).toBeUndefined();
});

test("a size is retired from its date on", () => {
  expect(retirementOf("Standard_NV12s_v3", new Date("2026-09-29T23:59:59Z"))?.retired).toBe(false);
  expect(retirementOf("Standard_NV12s_v3", new Date("2026-09-30T00:00:00Z"))?.retired).toBe(true);
  expect(isPast("2025-08-30T00:00:00.000000Z", new Date("2025-08-30T00:00:01Z"))).toBe(true);
});
