import { ActionIcon, Loader, Skeleton, useMantineColorScheme } from "@mantine/core";
import { Suspense, useDeferredValue, useEffect } from "react";
import { Link, Redirect, Route, Switch, useLocation, useRoute } from "wouter";
import styles from "./App.module.css";
import { Arrivals } from "./pages/Arrivals";
import pageStyles from "./pages/page.module.css";
import { History, Learn, SuitePage, Suites, System } from "./pages/places";
import { prefetchAll } from "./pages/prefetchAll";
import { usePresetCommands } from "./pages/usePresetCommands";
import { type Service, useService } from "./pages/useService";
import { Workbench } from "./pages/Workbench";
import workbenchStyles from "./pages/Workbench.module.css";
import { LiveRegion } from "./ui/announce";
import { CommandPalette } from "./ui/CommandPalette";
import { CopyByHand } from "./ui/CopyByHand";
import { useCommands } from "./ui/commands";
import { icons } from "./ui/icons";
import { KeysButton } from "./ui/KeysButton";
import { Notice } from "./ui/Notice";
import { SkipLink } from "./ui/SkipLink";
import { useScheme } from "./ui/scheme";
import { ViewBoundary } from "./ui/ViewBoundary";
import { whenIdle } from "./ui/whenIdle";

export function App() {
  const { service: loaded, error, retry } = useService();
  // Drawn between other things that the browser has to do, not in one long task.
  const service = useDeferredValue(loaded);
  return (
    <>
      <TopBar />
      <LiveRegion />
      <CommandPalette />
      <CopyByHand />
      {error ? (
        <main className={pageStyles.page}>
          <Notice message={error.message} onRetry={retry} />
        </main>
      ) : service ? (
        <Places service={service} />
      ) : (
        <main className={workbenchStyles.workbench} data-setup aria-busy="true">
          <Skeleton height={420} />
          <Skeleton height={420} />
        </main>
      )}
    </>
  );
}

function Places({ service }: { service: Service }) {
  usePresetCommands(service);
  // What may be wanted later is fetched once the place stands: not before, when it would only be in the way.
  useEffect(() => whenIdle(prefetchAll), []);
  return (
    <>
      <Arrivals setup={service.setup} />
      <Place service={service} />
    </>
  );
}

/** The place that the page's address names. One that fails is told of, and the others can be gone to. */
function Place({ service }: { service: Service }) {
  const [, params] = useRoute("/experiments/:id");
  const [place] = useLocation();
  const id = params?.id ?? null;
  const isWorkbench = id !== null || place === "/";
  return (
    <ViewBoundary key={isWorkbench ? "workbench" : place}>
      {isWorkbench ? (
        <Workbench service={service} id={id} />
      ) : (
        <Suspense fallback={<Loader size="sm" className={pageStyles.page} />}>
          <OtherPlace service={service} />
        </Suspense>
      )}
    </ViewBoundary>
  );
}

function OtherPlace({ service }: { service: Service }) {
  return (
    <Switch>
      <Route path="/experiments" component={History} />
      <Route path="/learn/:lesson?">{({ lesson }) => <Learn service={service} id={lesson} />}</Route>
      <Route path="/suites" component={Suites} />
      <Route path="/suites/:id">{({ id }) => <SuitePage key={id} id={id} />}</Route>
      <Route path="/system" component={System} />
      <Route path="/history">
        <Redirect to="/experiments" replace />
      </Route>
      <Route>
        <main className={pageStyles.page}>
          <h1>There is nothing at this address</h1>
          <Link href="/">Go to the Lab</Link>
        </main>
      </Route>
    </Switch>
  );
}

const PLACES = [
  { href: "/", title: "Lab" },
  { href: "/experiments", title: "History" },
  { href: "/learn", title: "Learn" },
  { href: "/suites", title: "Suites" },
  { href: "/system", title: "System" },
] as const;

/** Whether the page at `place` belongs to the place at `href`. */
function isIn(href: string, place: string): boolean {
  return place === href || (href !== "/" && place.startsWith(`${href}/`));
}

function TopBar() {
  const scheme = useScheme();
  const { setColorScheme } = useMantineColorScheme();
  const other = scheme === "dark" ? "light" : "dark";
  const [place, navigate] = useLocation();
  const [isExperiment] = useRoute("/experiments/:id");
  useCommands([
    ...PLACES.map(({ href, title }) => ({
      id: `place:${href}`,
      title,
      group: "places" as const,
      run: () => navigate(href),
    })),
    { id: "scheme", title: `Use ${other} colours`, group: "page", run: () => setColorScheme(other) },
  ]);
  return (
    <header className={styles.top}>
      <SkipLink selector={place === "/" ? "main form" : isExperiment ? "main h1" : "main"}>
        {`Skip to the ${place === "/" ? "set-up" : isExperiment ? "results" : "content"}`}
      </SkipLink>
      {/* The Lab's own link leads there, too. */}
      <Link href="/" className={styles.brand} tabIndex={-1}>
        <img src="/favicon.svg" alt="" width="20" height="20" />
        Constraint Lab
      </Link>
      <nav aria-label="Places">
        {PLACES.map(({ href, title }) => (
          <Link key={href} href={href} className={() => (isIn(href, place) ? styles.here : undefined)}>
            {title}
          </Link>
        ))}
      </nav>
      <KeysButton />
      <ActionIcon aria-label={`Use ${other} colours`} onClick={() => setColorScheme(other)} data-testid="scheme">
        {scheme === "dark" ? icons.sun : icons.moon}
      </ActionIcon>
    </header>
  );
}
