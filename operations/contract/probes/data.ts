import { createHash } from "node:crypto";
import { describe } from "../azure";
import type { DATA_FACTS } from "../facts/data";
import { fixturePaths } from "../fixtures";
import { textAt } from "../json";
import { callBlob, putBlob } from "../pipelineJob";
import type { Probe } from "../probe";

const md5 = (text: string): string => createHash("md5").update(text).digest("base64");
const blockId = (text: string): string => encodeURIComponent(Buffer.from(text).toString("base64"));

export const DATA_PROBES: Readonly<Record<keyof typeof DATA_FACTS, Probe>> = {
  "default-datastore": {
    cost: "free",
    needs: ["workspace"],
    calls: "GET the workspace and workspaceblobstore",
    run: async (azure) => {
      const { body: workspace } = await azure.call("GET", azure.paths.workspace);
      const { body } = await azure.call("GET", `${azure.paths.workspace}/datastores/workspaceblobstore`);
      azure.check(
        textAt(body, "properties.datastoreType") === "AzureBlob",
        "AzureBlob",
        textAt(body, "properties.datastoreType"),
      );
      const container = textAt(body, "properties.containerName");
      const expected = `azureml-blobstore-${textAt(workspace, "properties.workspaceId")}`;
      azure.check(
        container === expected,
        "the container azureml-blobstore-<workspace id>",
        container === expected,
      );
      const account = textAt(workspace, "properties.storageAccount").split("/").at(-1);
      azure.check(
        textAt(body, "properties.accountName") === account,
        "the workspace's account",
        textAt(body, "properties.accountName") === account,
      );
    },
  },
  "datastore-secret": {
    cost: "free",
    needs: ["workspace"],
    calls: "POST listSecrets of workspaceblobstore",
    run: async (azure) => {
      const path = `${azure.paths.workspace}/datastores/workspaceblobstore/listSecrets`;
      const body = { expirableSecret: true, expireAfterHours: 1 };
      const answer = await azure.call("POST", path, body, { apiVersion: "2025-12-01" });
      const has = ["sasToken", "key"].filter((name) => textAt(answer.body, name) !== "");
      azure.check(has.length > 0, "sasToken or key", has.length > 0 ? has : describe(answer));
    },
  },
  "blob-metadata": {
    cost: "free",
    needs: ["workspace"],
    calls: "PUT a blob with metadata, HEAD it",
    run: async (azure) => {
      const blob = `${azure.name("blobs")}/metadata.txt`;
      const put = await putBlob(azure, blob, "hello", { "x-ms-meta-sha256": "abc" });
      azure.check(put.status === 201 && put.header("etag") !== undefined, "201 with an ETag", put.status);
      const head = await callBlob(azure, "HEAD", blob);
      azure.check(
        head.header("x-ms-meta-sha256") === "abc",
        "the metadata",
        head.header("x-ms-meta-sha256") ?? head.status,
      );
      azure.check(
        head.header("content-length") === "5",
        "the length",
        head.header("content-length") ?? "none",
      );
    },
  },
  "block-checksum": {
    cost: "free",
    needs: ["workspace"],
    calls: "PUT a block with the MD5 of other content",
    run: async (azure) => {
      const query = `?comp=block&blockid=${blockId("block-0")}`;
      const blob = `${azure.name("blobs")}/checksum.txt`;
      const wrong = await callBlob(azure, "PUT", blob + query, "hello", { "content-md5": md5("other") });
      azure.check(wrong.status === 400, "400", wrong.status);
      const right = await callBlob(azure, "PUT", blob + query, "hello", { "content-md5": md5("hello") });
      azure.check(right.status === 201, "201 with the right one", right.status);
    },
  },
  "uncommitted-blocks": {
    cost: "free",
    needs: ["workspace"],
    calls: "PUT a block without committing it; list the blocks; HEAD the blob",
    run: async (azure) => {
      const blob = `${azure.name("blobs")}/blocks.txt`;
      await callBlob(azure, "PUT", `${blob}?comp=block&blockid=${blockId("block-0")}`, "hello");
      const list = await callBlob(azure, "GET", `${blob}?comp=blocklist&blocklisttype=uncommitted`);
      const id = Buffer.from("block-0").toString("base64");
      azure.check(list.text.includes(id), "the block's id in the list", list.status);
      const { status } = await callBlob(azure, "HEAD", blob);
      azure.check(status === 404, "no blob", status);
    },
  },
  "data-uri-in-long-form": {
    cost: "free",
    needs: ["data"],
    calls: "PUT a data version with a short uri, GET it",
    run: async (azure) => {
      const { body } = await azure.call("GET", `${fixturePaths(azure).data}/versions/1`);
      const uri = textAt(body, "properties.dataUri");
      azure.check(
        /^azureml:\/\/subscriptions\/.*\/datastores\/workspaceblobstore\/paths\//i.test(uri),
        "the long form",
        uri.slice(0, 24),
      );
    },
  },
  "data-version-made-again": {
    cost: "free",
    needs: ["data"],
    calls: "PUT data version 7, DELETE it, PUT it again, GET it",
    run: async (azure) => {
      const path = `${fixturePaths(azure).data}/versions/7`;
      const dataUri = `azureml://datastores/workspaceblobstore/paths/${azure.name("rows")}/test.jsonl`;
      const body = { properties: { dataType: "uri_file", dataUri } };
      await azure.made(path, body);
      const removal = await azure.call("DELETE", path);
      azure.check(removal.status < 300, "the deletion is accepted", describe(removal));
      await azure.settled(removal);
      const again = await azure.call("PUT", path, body);
      azure.check(again.status < 300, "the version is created again", describe(again));
      const { status } = await azure.call("GET", path);
      azure.check(status === 200, "the version exists", status);
    },
  },
  "data-access-role-delay": {
    notByCalls: "it needs a new principal for each measurement, and a run creates none",
  },
  "storage-refuses-keys": {
    notByCalls: "the calls use Entra ID only; a request with the account's key would read that key",
  },
};
