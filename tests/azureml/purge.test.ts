import { purgeDeletedVault, purgeDeletedWorkspace } from "../../azureml/clients/softDelete";
import { fakeCloud } from "./support";

const ref = { subscriptionId: "s", resourceGroupName: "rg", workspaceName: "ws" };
const vault = { subscriptionId: "s", location: "West Europe", name: "kv" };

test.each([
  ["nothing of its name is soft-deleted", 404, 204, false],
  ["it is soft-deleted", 404, 200, true],
])("purging a workspace reports whether the service purged one: %s", async (_case, get, del, purged) => {
  const { session } = fakeCloud(({ method }) => ({ status: method === "DELETE" ? del : get }));
  expect(await purgeDeletedWorkspace(session, ref)).toBe(purged);
});

test("a workspace that exists is not purged", async () => {
  const { session, sent } = fakeCloud(() => ({ status: 200, body: { id: "x", name: "ws", properties: {} } }));
  expect(await purgeDeletedWorkspace(session, ref)).toBe(false);
  expect(sent.map(({ method }) => method)).toEqual(["GET"]);
});

test("purging a vault reports whether there was a deleted one", async () => {
  const none = fakeCloud(() => ({ status: 404 }));
  expect(await purgeDeletedVault(none.session, vault)).toBe(false);
  const one = fakeCloud(({ method }) =>
    method === "GET"
      ? { status: 200, body: { id: "x", name: "kv", properties: {} } }
      : { status: 200, body: {} },
  );
  expect(await purgeDeletedVault(one.session, vault)).toBe(true);
});
