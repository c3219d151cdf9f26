"""What surrounds the tabs: window, menus, commands, banners, help and log."""
