/** `/local/faults`: set, list and clear. */
import type { FastifyInstance } from "fastify";
import { bodyOf } from "../arm/body";
import { ArmError } from "../cloud";
import { FAULT_KINDS, readFault } from "./fault";
import type { Faults } from "./faults";

/** Registers the routes. They want a token as every route does. */
export function registerFaultRoutes(app: FastifyInstance, faults: Faults): void {
  app.get("/local/faults", () => ({ faults: faults.list(), kinds: FAULT_KINDS }));
  app.post("/local/faults", async (request, reply) =>
    reply.code(201).send(await faults.add(readFault(bodyOf(request)))),
  );
  app.delete("/local/faults", async () => ({ cleared: await faults.clear() }));
  app.delete<{ Params: { id: string } }>("/local/faults/:id", async (request) => {
    const cleared = await faults.clear(Number(request.params.id));
    if (cleared > 0) return { cleared };
    const known =
      faults
        .list()
        .map(({ id }) => id)
        .join(", ") || "none";
    throw new ArmError(404, "NotFound", `There is no fault ${request.params.id}; there are: ${known}.`);
  });
}
