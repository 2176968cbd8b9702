# Read by other scripts: sets CHROMIUM to the system's browser, empty where there is none. The one
# without a window comes first: it starts quicker and asks less of the processor.
for CHROMIUM in "$CHROMIUM" chromium-headless-shell chromium chromium-browser google-chrome; do
    [ -n "$CHROMIUM" ] && CHROMIUM=$(command -v "$CHROMIUM") && break
    CHROMIUM=
done
export CHROMIUM
