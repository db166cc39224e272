import { surviveKills } from "./helpers/storeKill";

describe("the store of a process that is killed", () => {
  it("contains everything that was confirmed, and nothing that was never written", async () => {
    await surviveKills(2);
  });
});
