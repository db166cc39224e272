import type { VERSION_FACTS } from "../facts/versions";
import type { Probe } from "../probe";

export const VERSION_PROBES: Readonly<Record<keyof typeof VERSION_FACTS, Probe>> = {
  "secret-expiry-versions": {
    cost: "free",
    needs: ["workspace"],
    calls: "POST listSecrets with an expiry, in 2024-10-01 and in 2025-12-01",
    run: async (azure) => {
      const path = `${azure.paths.workspace}/datastores/workspaceblobstore/listSecrets`;
      const body = { expirableSecret: true, expireAfterHours: 1 };
      const now = await azure.call("POST", path, body, { apiVersion: "2025-12-01" });
      azure.check(now.status === 200, "200 in 2025-12-01", now.status);
      azure.refused(await azure.call("POST", path, body, { apiVersion: "2024-10-01" }), { status: [400] });
    },
  },
};
