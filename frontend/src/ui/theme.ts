import { createTheme } from "@mantine/core";
import { FONT } from "./font";

/** Puts what opens over the page into the landmark of the button that opens it. */
const IN_MAIN = { target: "main" };

/** One accent for actions; arm colours are for data only. */
export const theme = createTheme({
  fontFamily: FONT,
  headings: { fontFamily: FONT },
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "18px" },
  defaultRadius: 4,
  focusRing: "auto",
  respectReducedMotion: true,
  colors: {
    ink: ["#edf3fa", "#d9e5f2", "#b0c9e4", "#86add7", "#6496cc", "#4d87c5", "#3f7fc2", "#2f6dac", "#24619b", "#155389"],
  },
  primaryColor: "ink",
  primaryShade: { light: 8, dark: 7 },
  components: {
    Button: {
      styles: { label: { fontWeight: 500 } },
      vars: (_: unknown, { variant, size }: { variant?: string; size?: string }) => ({
        root: {
          // Mantine writes subtle buttons in the dark scheme in white; other links have the accent.
          ...(variant === "subtle" && { "--button-color": "var(--accent)", "--button-hover": "var(--raised)" }),
          // Its smallest is lower than a target may be.
          ...(size === "compact-xs" && { "--button-height": "24px" }),
        },
      }),
    },
    TextInput: { defaultProps: { size: "xs" } },
    NativeSelect: { defaultProps: { size: "xs" } },
    // Its label is as high as a target has to be.
    Checkbox: { defaultProps: { size: "xs" }, styles: { label: { minHeight: 24 } } },
    Switch: { defaultProps: { size: "xs" } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray", size: 24 } },
    Menu: {
      defaultProps: {
        transitionProps: { duration: 0 },
        shadow: "sm",
        portalProps: IN_MAIN,
        withInitialFocusPlaceholder: false,
      },
    },
    Combobox: { defaultProps: { portalProps: IN_MAIN } },
    Modal: {
      defaultProps: {
        transitionProps: { duration: 0 },
        overlayProps: { backgroundOpacity: 0.4 },
        closeButtonProps: { "aria-label": "Close" },
      },
    },
    // The page's banner is the bar across all places alone.
    ModalHeader: { defaultProps: { role: "presentation" } },
    Tooltip: { defaultProps: { transitionProps: { duration: 80 }, portalProps: IN_MAIN } },
  },
});
