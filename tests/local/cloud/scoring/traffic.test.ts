import { createPoints, pickDeployment } from "../../../../local/cloud/scoring/traffic";

const ID = "/subscriptions/s/onlineEndpoints/chat";

function names(traffic: Record<string, number>, scale: "live" | "mirror", requests: number): string[] {
  const next = createPoints();
  return Array.from({ length: requests }, () => pickDeployment(traffic, next(ID)[scale]) ?? "none");
}

function count(list: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of list) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

describe("the points of an endpoint's requests", () => {
  it.each([
    ["live", { blue: 90, green: 10 }],
    ["live", { blue: 33, green: 33, red: 34 }],
    ["live", { blue: 0, green: 100 }],
    ["mirror", { green: 10 }],
    ["mirror", { green: 50 }],
  ] as const)("distribute any 100 consecutive %s requests exactly by %j", (scale, traffic) => {
    const all = names(traffic, scale, 250);
    const shares: Record<string, number> = Object.fromEntries(
      Object.entries(traffic).filter(([, percent]) => percent > 0),
    );
    const rest = 100 - Object.values(shares).reduce((sum, percent) => sum + percent, 0);
    const expected = rest > 0 ? { ...shares, none: rest } : shares;
    for (let from = 0; from <= 150; from++) expect(count(all.slice(from, from + 100))).toEqual(expected);
  });

  it("spread a share: of any ten requests at 90 to 10, at most two go to the smaller deployment", () => {
    const all = names({ blue: 90, green: 10 }, "live", 200);
    for (let from = 0; from <= 190; from++) {
      expect(count(all.slice(from, from + 10))["green"] ?? 0).toBeLessThanOrEqual(2);
    }
  });

  it("mirror requests of the larger and the smaller deployment in proportion", () => {
    const next = createPoints();
    const mirrored = Array.from({ length: 100 }, () => next(ID)).filter(({ mirror }) => mirror < 50);
    const live = count(
      mirrored.map((point) => pickDeployment({ blue: 80, green: 20 }, point.live) ?? "none"),
    );
    expect(live["green"]).toBeGreaterThanOrEqual(9);
    expect(live["green"]).toBeLessThanOrEqual(11);
  });

  it("are the same after each start, and differ between endpoints", () => {
    const take = (next: ReturnType<typeof createPoints>, id: string) =>
      Array.from({ length: 20 }, () => next(id).live);
    const [one, other] = [createPoints(), createPoints()];
    const first = take(one, ID);
    const elsewhere = take(one, `${ID}-2`);
    expect(take(other, ID.toUpperCase())).toEqual(first);
    expect(take(other, `${ID}-2`)).toEqual(elsewhere);
    expect(elsewhere).not.toEqual(first);
  });

  it("select no deployment if none has a share", () => {
    expect([pickDeployment({}, 0), pickDeployment({ a: 0 }, 99)]).toEqual([undefined, undefined]);
  });
});
