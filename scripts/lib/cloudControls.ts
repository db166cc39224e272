import { callCloud } from "../../local/cloud/client/daemon";
import type { ClockState } from "../../local/cloud/clockRoutes";
import type { Fault, FAULT_KINDS } from "../../local/cloud/faults/fault";
import { cloudHome } from "../../local/cloud/paths";
import { lastRequests } from "../../local/cloud/requestLog";
import type { CloudControls } from "../../operations/studio/place";

const requestsShown = 30;
const requestsRead = 300;
/** An advance ends when the real work in its span has ended. */
const longestAdvanceMs = 600_000;

/** The local cloud's control API for the studio. */
export function cloudControls(root: string): CloudControls {
  return {
    async state() {
      const [clock, { faults, kinds }] = await Promise.all([
        callCloud<ClockState>({ route: "/local/clock" }, { root }),
        callCloud<{ faults: Fault[]; kinds: typeof FAULT_KINDS }>({ route: "/local/faults" }, { root }),
      ]);
      const { now, aheadMs, profile, speed, pending } = clock;
      return {
        clock: { now, aheadMs, profile, speed, pending: pending.map(({ name, due }) => ({ name, due })) },
        faults: faults.map(({ id, kind, path, struck }) => ({ id, kind, path, struck })),
        kinds,
        requests: lastRequests(cloudHome(process.env, root), requestsRead)
          // The page's own look at the controls is no use of the cloud.
          .filter(({ url }) => !url.startsWith("/local/"))
          .slice(-requestsShown)
          .reverse()
          .map(({ time, id, method, url, status, ms }) => ({ time, id, method, url, status, ms })),
      };
    },
    async change(what, body) {
      const call = { method: "POST", route: `/local/${what}`, body, timeoutMs: longestAdvanceMs } as const;
      await callCloud(call, { root });
    },
    async clearFault(id) {
      await callCloud({ method: "DELETE", route: `/local/faults/${id}` }, { root });
    },
  };
}
