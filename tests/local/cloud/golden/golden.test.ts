/** The local cloud answers every type and call with exactly its golden body. */
import type { RegisteredRoute } from "../../../../local/cloud/strict/check";
import { routeKey } from "../../../../local/cloud/strict/coverage";
import { GOLDENS, WITHOUT_GOLDEN } from "./goldens";
import { PUBLISHED_SHAPES, publishedExample, shapeDifferences } from "./publishedShapes";
import { disposeShared, type Replay, replay, replayFor } from "./replay";

const called = new Set<string>();
let served: readonly RegisteredRoute[] = [];
afterAll(disposeShared);

const keyOf = (route: string): string => {
  const [method = "", url = ""] = route.split(" ");
  return routeKey(method, url);
};

describe.each(GOLDENS)("the local cloud answers like the service: $about", (golden) => {
  const { exchanges, changesCloud } = golden;
  let replayed: Replay;
  beforeAll(async () => {
    replayed = await replayFor(golden);
    served = replayed.cloud.app.declaredRoutes;
  });
  afterAll(async () => {
    for (const route of replayed.called) called.add(keyOf(route));
    if (changesCloud) await replayed.cloud.dispose();
  });

  it.each(exchanges)("$name ($send)", async (exchange) => {
    expect(await replay(replayed, exchange)).toEqual([]);
  });

  it("states for each answer whether it is recorded, has the shape of a published example, or is inferred", () => {
    for (const { provenance, returns } of exchanges) {
      expect(provenance).toMatch(/^(recorded|published example|inferred): .{12,}/);
      if (!provenance.startsWith("published example: ")) continue;
      const example = publishedExample(provenance) ?? "";
      expect(PUBLISHED_SHAPES).toHaveProperty([example]);
      expect([example, shapeDifferences(returns, PUBLISHED_SHAPES[example] ?? null)]).toEqual([example, []]);
    }
  });
});

describe("golden exchanges", () => {
  const excepted = (key: string): boolean => WITHOUT_GOLDEN.some(({ routes }) => routes.test(key));

  it("exist for every route except those that state a reason", () => {
    const missing = new Set(
      served
        .map(({ method, url }) => routeKey(method, url))
        .filter((key) => !called.has(key) && !excepted(key)),
    );
    expect([...missing].sort()).toEqual([]);
  });

  it("have no unnecessary exception, and none without a reason", () => {
    const keys = served.map(({ method, url }) => routeKey(method, url));
    for (const { routes, reason } of WITHOUT_GOLDEN) {
      expect([routes, keys.some((key) => routes.test(key) && !called.has(key))]).toEqual([routes, true]);
      expect(reason.length).toBeGreaterThan(20);
    }
  });
});
