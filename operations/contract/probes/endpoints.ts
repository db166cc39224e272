import { describe } from "../azure";
import type { ENDPOINT_FACTS } from "../facts/endpoints";
import { clusterBody, endpointBody, fixturePaths, workspaceBody } from "../fixtures";
import { at, textAt } from "../json";
import { sizes } from "../prices";
import type { Probe } from "../probe";
import { answerText } from "../../../azureml/clients/scoring";
import { endpointBody as writablePart } from "../../../azureml/clients/onlineEndpoints";
import type { ArmResource } from "../../../azureml/clients/arm";
import { ask } from "../scoring";
import { NotSettled } from "../verdict";
import { sizesWithQuota } from "./sizes";

export const ENDPOINT_PROBES: Readonly<Record<keyof typeof ENDPOINT_FACTS, Probe>> = {
  "compute-deletion-action": {
    cost: "free",
    needs: ["workspace"],
    calls: "PUT a cluster, DELETE it with underlyingResourceAction=Delete, GET it",
    run: async (azure) => {
      const path = `${azure.paths.workspace}/computes/${azure.name("bye")}`;
      await azure.made(path, clusterBody(azure.target.location, sizes.cpu.name));
      const answer = await azure.call("DELETE", path, undefined, {
        query: { underlyingResourceAction: "Delete" },
      });
      azure.check(answer.status < 300, "the deletion is accepted", describe(answer));
      await azure.settled(answer);
      azure.refused(await azure.call("GET", path), { status: [404] });
    },
  },
  "compute-deletion-without-action": {
    cost: "free",
    needs: ["workspace"],
    calls: "PUT a cluster, DELETE it with api-version alone, GET it",
    run: async (azure) => {
      const path = `${azure.paths.workspace}/computes/${azure.name("bare")}`;
      await azure.made(path, clusterBody(azure.target.location, sizes.cpu.name));
      const answer = await azure.call("DELETE", path);
      azure.check(answer.status < 300, "the deletion is accepted", describe(answer));
      await azure.settled(answer);
      azure.refused(await azure.call("GET", path), { status: [404] });
    },
  },
  "idle-cluster-has-no-node": {
    cost: "free",
    needs: ["workspace"],
    calls: "PUT a cluster with 0 minimum nodes, GET it",
    run: async (azure) => {
      const path = `${azure.paths.workspace}/computes/${azure.name("idle")}`;
      await azure.made(path, clusterBody(azure.target.location, sizes.cpu.name));
      const { body } = await azure.call("GET", path);
      const nodes = at(body, "properties.properties.currentNodeCount");
      azure.check(nodes === 0, "currentNodeCount 0", nodes);
    },
  },
  "usages-by-family": {
    cost: "free",
    needs: [],
    calls: "GET vmSizes and usages",
    run: async (azure) => {
      const found = await sizesWithQuota(azure);
      const complete = found.filter(({ limit, used }) => Number.isFinite(limit) && Number.isFinite(used));
      azure.check(
        found.length > 0 && complete.length === found.length,
        "limit and currentValue of each size's family",
        found.length,
      );
    },
  },
  "endpoint-scoring-address": {
    cost: "free",
    needs: ["endpoint"],
    calls: "GET the endpoint",
    run: async (azure) => {
      const { body } = await azure.call("GET", fixturePaths(azure).endpoint);
      azure.check(
        /^https:\/\//.test(textAt(body, "properties.scoringUri")),
        "a scoringUri with https",
        textAt(body, "properties.scoringUri") !== "",
      );
    },
  },
  "endpoint-keys": {
    cost: "free",
    needs: ["endpoint"],
    calls: "POST listKeys of the endpoint",
    run: async (azure) => {
      const { body, status } = await azure.call("POST", `${fixturePaths(azure).endpoint}/listKeys`);
      for (const name of ["primaryKey", "secondaryKey"]) azure.check(textAt(body, name) !== "", name, status);
    },
  },
  "endpoint-public-by-default": {
    cost: "free",
    needs: ["endpoint"],
    calls: "GET the endpoint, which was created without publicNetworkAccess",
    run: async (azure) => {
      const { body } = await azure.call("GET", fixturePaths(azure).endpoint);
      const access = textAt(body, "properties.publicNetworkAccess");
      azure.check(access === "Enabled", "Enabled", access);
    },
  },
  "endpoint-put-replaces-tags": {
    cost: "free",
    needs: ["workspace"],
    calls: "PUT an endpoint with a tag, PUT it without, GET it",
    run: async (azure) => {
      const path = `${azure.paths.workspace}/onlineEndpoints/${azure.name("tags")}`;
      const body = endpointBody(azure.target.location);
      await azure.made(path, { ...body, tags: { probe: "yes" } });
      await azure.made(path, body);
      const { body: found } = await azure.call("GET", path);
      azure.check(
        at(found, "tags.probe") === undefined,
        "the tag is gone",
        at(found, "tags.probe") ?? "gone",
      );
    },
  },
  "endpoint-accepts-its-own-answer": {
    cost: "free",
    needs: ["endpoint"],
    calls: "GET the endpoint; PUT its writable part as the program does",
    run: async (azure) => {
      const { endpoint } = fixturePaths(azure);
      const { body } = await azure.call("GET", endpoint);
      const traffic = (at(body, "properties.traffic") ?? {}) as Record<string, number>;
      const answer = await azure.call("PUT", endpoint, writablePart(body as ArmResource, { traffic }));
      azure.check(answer.status < 300, "the PUT is accepted", describe(answer));
      await azure.settled(answer, endpoint);
    },
  },
  "endpoint-patch-moves-no-traffic": {
    cost: "free",
    needs: ["endpoint"],
    calls: "PATCH the endpoint with another description; GET it",
    run: async (azure) => {
      const { endpoint } = fixturePaths(azure);
      const answer = await azure.call("PATCH", endpoint, { properties: { description: "patched" } });
      if (answer.status < 300) await azure.settled(answer, endpoint);
      const { body } = await azure.call("GET", endpoint);
      const description = at(body, "properties.description");
      azure.check(
        description !== "patched",
        "an unchanged description",
        `${answer.status}, ${String(description)}`,
      );
    },
  },
  "traffic-change-keeps-the-rest": {
    cost: "gpu",
    needs: ["deployment"],
    calls: "GET the endpoint, PUT it with traffic 0 and then 100, GET it",
    run: async (azure) => {
      const { endpoint } = fixturePaths(azure);
      const before = (await azure.call("GET", endpoint)).body;
      for (const percent of [0, 100])
        await azure.made(endpoint, writablePart(before as ArmResource, { traffic: { blue: percent } }));
      const after = (await azure.call("GET", endpoint)).body;
      for (const name of ["scoringUri", "authMode", "description"]) {
        const [was, is] = [before, after].map((body) => at(body, `properties.${name}`));
        azure.check(was === is, `the same ${name}`, was === is);
      }
    },
  },
  "score-by-deployment-header": {
    cost: "gpu",
    needs: ["secondDeployment"],
    calls: "POST a question with the header, to a deployment without traffic and to one that does not exist",
    run: async (azure) => {
      const answer = await ask(azure, { deployment: "green" });
      azure.check(answer.status === 200, "200 from the deployment without traffic", describe(answer));
      const named = answer.header("azureml-model-deployment");
      azure.check(
        named === undefined || named === "green",
        "the answer names that deployment, or none",
        named ?? "none",
      );
      const { status } = await ask(azure, { deployment: "nowhere" });
      azure.check(status >= 400, "an error for one that does not exist", status);
    },
  },
  "score-answer-text": {
    cost: "gpu",
    needs: ["deployment"],
    calls: "POST a question",
    run: async (azure) => {
      const answer = await ask(azure);
      azure.check(answer.status === 200, "200", describe(answer));
      azure.check(
        answerText(answer.body ?? answer.text) !== "",
        "a text",
        Object.keys((answer.body ?? {}) as object),
      );
    },
  },
  "score-with-wrong-key": {
    cost: "gpu",
    needs: ["deployment"],
    calls: "POST a question with a wrong key",
    run: async (azure) => {
      const { status } = await ask(azure, { secret: "wrong-key" });
      azure.check(status === 401, "401", status);
    },
  },
  "purged-workspace-name-is-free": {
    cost: "free",
    needs: ["storage", "vault"],
    calls: "PUT a workspace, DELETE it with forceToPurge=true, PUT it again; compare workspaceId",
    run: async (azure) => {
      const path = `${azure.paths.ml}/workspaces/${azure.name("ws5")}`;
      const idOf = async () => textAt((await azure.call("GET", path)).body, "properties.workspaceId");
      await azure.made(path, workspaceBody(azure));
      const before = await idOf();
      const removal = await azure.call("DELETE", path, undefined, { query: { forceToPurge: "true" } });
      if (removal.status >= 300)
        throw new NotSettled(`the workspace could not be deleted: ${describe(removal)}`);
      await azure.settled(removal);
      const again = await azure.call("PUT", path, workspaceBody(azure));
      azure.check(again.status < 300, "the PUT is accepted", describe(again));
      await azure.settled(again, path);
      azure.check((await idOf()) !== before, "a new workspace", "another id");
    },
  },
};
