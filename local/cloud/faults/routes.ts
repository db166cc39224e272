import type { FastifyInstance } from "fastify";
import { bodyOf } from "../arm/body";
import { ArmError } from "../armError";
import { FAULT_KINDS, readFault } from "./fault";
import type { Faults } from "./faults";
import { accepts, OWN_CHECK } from "../strict/declaration";

export function registerFaultRoutes(app: FastifyInstance, faults: Faults): void {
  app.get("/local/faults", accepts("faults and their kinds"), () => ({
    faults: faults.list(),
    kinds: FAULT_KINDS,
  }));
  app.post("/local/faults", accepts("add a fault", { body: OWN_CHECK }), async (request, reply) =>
    reply.code(201).send(await faults.add(readFault(bodyOf(request)))),
  );
  app.delete("/local/faults", accepts("clear all faults"), async () => ({ cleared: await faults.clear() }));
  app.delete<{ Params: { id: string } }>("/local/faults/:id", accepts("clear a fault"), async (request) => {
    const cleared = await faults.clear(Number(request.params.id));
    if (cleared > 0) return { cleared };
    const known =
      faults
        .list()
        .map(({ id }) => id)
        .join(", ") || "none";
    throw new ArmError(404, "NotFound", `There is no fault ${request.params.id}; existing: ${known}.`);
  });
}
