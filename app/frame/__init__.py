"""Frame around the tabs: window, menus, commands, banners, help and log."""
