import { surviveKills } from "./helpers/storeKill";

describe("the store of a process that is killed a dozen times", () => {
  it("contains everything that was confirmed, also after the journal was rewritten", async () => {
    expect(await surviveKills(12)).toBe(true);
  });
});
