"""日报文件: what the vendor reports of its customers, one line a row; which files came in."""
