# Read by other scripts: sets CHROMIUM to the system's browser, empty where there is none.
for CHROMIUM in "$CHROMIUM" chromium chromium-browser google-chrome; do
    [ -n "$CHROMIUM" ] && CHROMIUM=$(command -v "$CHROMIUM") && break
    CHROMIUM=
done
export CHROMIUM
