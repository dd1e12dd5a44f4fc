import "./ui/mantine";
import "./styles.css";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode, startTransition } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { fetchPlace } from "./pages/places";
import { queryClient } from "./state/queries";
import { theme } from "./ui/theme";
import { onceTouched } from "./ui/touched";
import { whenIdle } from "./ui/whenIdle";

const root = document.getElementById("root");
if (!root) throw new Error("The page has no element to draw into");
fetchPlace(window.location.pathname);
// In a transition, so that the browser can do other things meanwhile.
startTransition(() =>
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto">
        <QueryClientProvider client={queryClient}>
          <App />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  ),
);
// Charts are compiled once somebody touches the page.
const warmUp = async () => (await import("./results/curves/warmUp")).warmUp();
// Offline, a chart tries again when it is shown.
onceTouched(() => whenIdle(() => void warmUp().catch(() => undefined)));
