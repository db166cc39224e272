import { amount, boundText, hourlyCost, hours, rateText, trainingBound } from "../../azureml/costs";
import { listPrice, listPrices, priceOf } from "../../azureml/prices";

const sources = { own: {}, currency: "USD", region: [], location: "westeurope" };
const size = "Standard_NC24ads_A100_v4";

describe("the price of a size", () => {
  const region = [{ name: size, prices: { dedicated: 4.2, lowPriority: 0.9 } }];

  test.each([
    ["the configuration, before the region", { own: { [size]: 3.4 }, region }, 3.4, "budget.prices"],
    ["the region, before the table", { region }, 4.2, "Azure ML's estimate for westeurope"],
    ["the table, for a region without prices", { region: [{ name: size }] }, 3.673, "list price of eastus"],
  ])("comes from %s", (_, changes, perHour, origin) => {
    const found = priceOf(size.toLowerCase(), "dedicated", { ...sources, ...changes });
    expect(found).toMatchObject({ perHour, currency: "USD" });
    expect(found?.origin).toContain(origin);
  });

  test("of a low-priority machine is the region's, else a fifth of the dedicated one", () => {
    expect(priceOf(size, "lowPriority", { ...sources, region })?.perHour).toBe(0.9);
    const dedicatedOnly = [{ name: size, prices: { dedicated: 4 } }];
    expect(priceOf(size, "lowPriority", { ...sources, region: dedicatedOnly })?.perHour).toBeCloseTo(0.8);
    expect(priceOf(size, "lowPriority", sources)?.perHour).toBeCloseTo(0.7346);
    expect(priceOf(size, "lowPriority", { ...sources, region, own: { [size]: 5 } })?.perHour).toBeCloseTo(1);
  });

  test("is unknown for a size outside all lists, and in another currency than the lists", () => {
    expect(priceOf("Standard_X", "dedicated", sources)).toBeUndefined();
    expect(priceOf(size, "dedicated", { ...sources, region, currency: "EUR" })).toBeUndefined();
    expect(priceOf(size, "dedicated", { ...sources, currency: "EUR", own: { [size]: 3 } })?.currency).toBe(
      "EUR",
    );
  });

  test("is in the table once for each size, with a source", () => {
    const names = listPrices.map((row) => row.size);
    expect(new Set(names).size).toBe(names.length);
    for (const row of listPrices) {
      expect(row.usdPerHour).toBeGreaterThan(0);
      expect(row.sources.length).toBeGreaterThan(0);
      expect(listPrice(row.size)).toBe(row.usdPerHour);
    }
  });

  test("grows with the number of GPUs within a series", () => {
    const perGpu = (name: string, gpus: number): number => (listPrice(name) ?? 0) / gpus;
    expect(perGpu("Standard_NC96ads_A100_v4", 4)).toBeCloseTo(perGpu(size, 1));
    expect(perGpu("Standard_NC80adis_H100_v5", 2)).toBeCloseTo(perGpu("Standard_NC40ads_H100_v5", 1));
  });
});

describe("costs", () => {
  const price = { perHour: 3.673, currency: "USD", origin: "x" };
  const training = { size, lowPriority: false, nodes: 2, gpusPerNode: 4, price };

  test("of a training are bounded by its nodes and its deadline", () => {
    expect(trainingBound(training, 90)).toEqual({ nodeHours: 3, gpuHours: 12, cost: 3 * 3.673 });
    expect(boundText(training, 90)).toBe(`at most 3 node-hours of ${size} (12 GPU-hours, 11.02 USD)`);
  });

  test("of one hour, of a low-priority training, and without a price are written correctly", () => {
    const one = { ...training, nodes: 1, gpusPerNode: 1, lowPriority: true };
    expect(boundText(one, 60)).toBe(`at most 1 low-priority node-hour of ${size} (1 GPU-hour, 3.67 USD)`);
    expect(boundText({ ...one, price: undefined }, 60)).toContain(`price unknown, set budget.prices.${size}`);
  });

  test("of machines are added up, and unknown if one price is", () => {
    expect(
      hourlyCost([
        { size, count: 2, price },
        { size, count: 1, price },
      ]),
    ).toBeCloseTo(11.019);
    expect(
      hourlyCost([
        { size, count: 1, price },
        { size: "x", count: 1 },
      ]),
    ).toBeUndefined();
    expect(
      hourlyCost([
        { size, count: 1, price },
        { size: "x", count: 0 },
      ]),
    ).toBe(3.673);
    expect(rateText({ size, count: 1, price })).toBe("3.67 USD per hour, 2,681 USD per month");
  });

  test("are rounded for people", () => {
    expect(amount(1234567.891, "EUR")).toBe("1,234,567.89 EUR");
    expect([hours(0.001), hours(1.005), hours(24)]).toEqual(["0.01", "1", "24"]);
  });
});
