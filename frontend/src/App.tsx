import { ActionIcon, Skeleton, useMantineColorScheme } from "@mantine/core";
import { Link, Redirect, Route, Switch, useLocation, useRoute } from "wouter";
import styles from "./App.module.css";
import { History } from "./pages/History";
import pageStyles from "./pages/page.module.css";
import { SuitePage } from "./pages/SuitePage";
import { Suites } from "./pages/Suites";
import { System } from "./pages/System";
import { type Service, useService } from "./pages/useService";
import { Workbench } from "./pages/Workbench";
import workbenchStyles from "./pages/Workbench.module.css";
import { icons } from "./ui/icons";
import { Notice } from "./ui/Notice";
import { useScheme } from "./ui/scheme";

export function App() {
  const { service, error, retry } = useService();
  return (
    <>
      <TopBar />
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
  const [, params] = useRoute("/experiments/:id");
  const [place] = useLocation();
  const id = params?.id ?? null;
  if (id || place === "/") return <Workbench service={service} id={id} />;
  return (
    <Switch>
      <Route path="/experiments" component={History} />
      <Route path="/suites" component={Suites} />
      <Route path="/suites/:id">{({ id }) => <SuitePage key={id} id={id} />}</Route>
      <Route path="/system" component={System} />
      <Route path="/history">
        <Redirect to="/experiments" replace />
      </Route>
      <Route>
        <main className={pageStyles.page}>
          <p>There is nothing at this address.</p>
          <Link href="/">Go to the Lab</Link>
        </main>
      </Route>
    </Switch>
  );
}

function TopBar() {
  const scheme = useScheme();
  const { setColorScheme } = useMantineColorScheme();
  const other = scheme === "dark" ? "light" : "dark";
  return (
    <header className={styles.top}>
      <Link href="/" className={styles.brand}>
        <img src="/favicon.svg" alt="" width="20" height="20" />
        Constraint Lab
      </Link>
      <nav aria-label="Places">
        <Link href="/" className={(active) => (active ? styles.here : undefined)}>
          Lab
        </Link>
        <Link href="/experiments" className={(active) => (active ? styles.here : undefined)}>
          History
        </Link>
        <Link href="/suites" className={(active) => (active ? styles.here : undefined)}>
          Suites
        </Link>
        <Link href="/system" className={(active) => (active ? styles.here : undefined)}>
          System
        </Link>
      </nav>
      <ActionIcon aria-label={`Use ${other} colours`} onClick={() => setColorScheme(other)} data-testid="scheme">
        {scheme === "dark" ? icons.sun : icons.moon}
      </ActionIcon>
    </header>
  );
}
