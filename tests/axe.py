"""axe-core for the browser tests: fetched by `make setup` like the pages' libraries, never served by the application."""

from service.web.assets import VENDOR

AXE = VENDOR / "axe-core" / "axe.min.js"
