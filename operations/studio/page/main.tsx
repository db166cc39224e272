import { type ComponentChildren, render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Cloud } from "./cloud.js";
import { Cost } from "./cost.js";
import { Data } from "./data.js";
import { Endpoints } from "./endpoints.js";
import { Job, Jobs } from "./jobs.js";
import { Models } from "./models.js";
import { Overview } from "./overview.js";
import { Test } from "./test.js";

interface About {
  stack: string;
  workspaceName: string;
  resourceGroupName: string;
  hasControls: boolean;
}

interface View {
  title: string;
  show: (rest: string) => ComponentChildren;
}

/** The views by the first part of the address behind `#/`. */
const views: Record<string, View> = {
  "": { title: "Overview", show: () => <Overview /> },
  jobs: { title: "Jobs", show: (name) => (name === "" ? <Jobs /> : <Job name={name} />) },
  models: { title: "Models", show: () => <Models /> },
  data: { title: "Data", show: () => <Data /> },
  endpoints: { title: "Endpoints", show: () => <Endpoints /> },
  test: { title: "Test", show: () => <Test /> },
  cost: { title: "Cost", show: () => <Cost /> },
};
/** Only for an emulated cloud. */
const cloudView: View = { title: "Local cloud", show: () => <Cloud /> };

const route = (): string[] => location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);

function App({ about, address: [first = "", rest = ""] }: { about: About; address: string[] }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const all = about.hasControls ? { ...views, cloud: cloudView } : views;
  const view = all[first] ?? all[""]!;
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${view.title} · ${about.stack}`;
    document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
    // Keyboard and screen reader continue at the new view.
    if (!isFirst.current) heading.current?.focus();
    isFirst.current = false;
  }, [first, rest]);
  return (
    <>
      <header>
        <button class="skip" onClick={() => heading.current?.focus()}>
          Skip to content
        </button>
        <p class="place">
          <strong>{about.stack}</strong>{" "}
          <small>
            {about.workspaceName} in {about.resourceGroupName}
          </small>
        </p>
        <nav aria-label="Views">
          {Object.entries(all).map(([path, { title }]) => (
            <a key={path} href={`#/${path}`} aria-current={path === first ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
      </header>
      <main>
        <h1 ref={heading} tabIndex={-1}>
          {view.title}
        </h1>
        {view.show(rest)}
      </main>
    </>
  );
}

const root = document.getElementById("root")!;
root.textContent = "";
const response = await fetch("/api/about");
const about = (await response.json()) as About;
const draw = (): void => render(<App about={about} address={route()} />, root);
// Before the first drawing: an address that changes between drawing and an effect would be missed.
addEventListener("hashchange", draw);
draw();
