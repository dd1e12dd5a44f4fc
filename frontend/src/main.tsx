import "@mantine/core/styles.css";
import "./styles.css";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { warmUp } from "./results/curves/warmUp";
import { prefetchViews } from "./results/views";
import { queryClient } from "./state/queries";
import { theme } from "./ui/theme";

const root = document.getElementById("root");
if (!root) throw new Error("The page has no element to draw into");
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <App />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
// Plotly begins to load with the page, well before the first chart; what else may be wanted comes after it.
void warmUp().then(prefetchViews);
