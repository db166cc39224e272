import { setTraffic } from "../../providers/traffic/endpointTraffic";
import { fakeCloud } from "../azureml/support";
import { virtualClock } from "../azureml/virtualClock";

const workspace = { subscriptionId: "s", resourceGroupName: "g", workspaceName: "w" };
const minute = 60_000;

/** An endpoint that another operation occupies until a time: it refuses every change with 409. */
function busyEndpoint(until: number, clock: ReturnType<typeof virtualClock>) {
  let traffic: Record<string, number> = {};
  const { session } = fakeCloud(({ method, body }) => {
    const endpoint = {
      id: "/endpoints/e",
      name: "e",
      location: "westeurope",
      properties: { authMode: "Key", traffic, provisioningState: "Succeeded" },
    };
    if (method === "GET") return { status: 200, body: endpoint };
    if (clock.now() < until)
      return { status: 409, body: { error: { code: "AnotherOperationInProgress", message: "busy" } } };
    const sent = (typeof body === "string" ? JSON.parse(body) : body) as {
      properties: { traffic: Record<string, number> };
    };
    traffic = sent.properties.traffic;
    return { status: 200, body: { ...endpoint, properties: { ...endpoint.properties, traffic } } };
  });
  return { session, traffic: () => traffic };
}

test("waits for minutes while another operation changes the endpoint, then moves the traffic", async () => {
  const clock = virtualClock(0);
  const { session, traffic } = busyEndpoint(10 * minute, clock);
  await setTraffic(session, { workspace, endpointName: "e" }, { traffic: { blue: 100 } }, clock);
  expect(traffic()).toEqual({ blue: 100 });
});

test("ends after the limit with an error that names the endpoint and what Azure answered", async () => {
  const clock = virtualClock(0);
  const { session } = busyEndpoint(60 * minute, clock);
  await expect(
    setTraffic(session, { workspace, endpointName: "e" }, { traffic: { blue: 100 } }, clock),
  ).rejects.toMatchObject({ code: "EndpointBusy", message: expect.stringMatching(/"?e"?.*busy/s) as string });
});
