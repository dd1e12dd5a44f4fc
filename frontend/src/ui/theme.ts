import { createTheme } from "@mantine/core";
import { FONT } from "./font";

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
      // Mantine writes subtle buttons in the dark scheme in white; other links have the accent.
      vars: (_: unknown, { variant }: { variant?: string }) => ({
        root: variant === "subtle" ? { "--button-color": "var(--accent)" } : {},
      }),
    },
    TextInput: { defaultProps: { size: "xs" } },
    NativeSelect: { defaultProps: { size: "xs" } },
    Checkbox: { defaultProps: { size: "xs" } },
    Switch: { defaultProps: { size: "xs" } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray", size: "sm" } },
    Menu: { defaultProps: { transitionProps: { duration: 0 }, shadow: "sm" } },
    Modal: { defaultProps: { transitionProps: { duration: 0 }, overlayProps: { backgroundOpacity: 0.4 } } },
    Tooltip: { defaultProps: { transitionProps: { duration: 80 } } },
  },
});
